# What ./demo and ./check have in common. Sourced, not run.
# shellcheck shell=bash

# Where the sanitizers find llvm-symbolizer.
export PATH=$PATH:/usr/lib/llvm-19/bin

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

phase_names=()
phase_seconds=()

# phase NAME COMMAND…: runs the command under a heading and remembers how long it took. A failure ends the script.
phase() {
  local name=$1 began=$SECONDS
  shift
  say "$name"
  "$@" || die "$name: failed"
  phase_names+=("$name")
  phase_seconds+=("$((SECONDS - began))")
}

print_phases() {
  local i
  say "Time"
  for i in "${!phase_names[@]}"; do printf '%5d s  %s\n' "${phase_seconds[i]}" "${phase_names[i]}"; done
  printf '%5d s  in all\n' "$SECONDS"
}

# configure PRESET [OPTION…]: only when there is nothing yet, or the options or presets changed; the build does the rest by itself.
configure() {
  local preset=$1
  shift
  local stamp="build/$preset/.configured-with" with
  with="$* $(cksum <CMakePresets.json)"
  local launcher=()
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
    export CCACHE_BASEDIR=$PWD
  fi
  if [ -f "build/$preset/build.ninja" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$with" ]; then return 0; fi
  # From nothing: a preset may have another compiler than before, which CMake takes only without what it remembers.
  cmake --fresh --preset "$preset" "${launcher[@]}" "$@"
  printf '%s' "$with" >"$stamp"
}

# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  local targets=()
  if [ $# -gt 0 ]; then targets=(--target "$@"); fi
  NINJA_STATUS='[%f/%t %es] ' cmake --build --preset "$preset" "${targets[@]}"
}
