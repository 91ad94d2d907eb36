#!/usr/bin/env bash
# fuzz.sh SECONDS [TARGET…]: builds the fuzzers, which the preset "asan" has, and runs each for so long, two at a time, from what
# tests/fuzz/seeds.py finds and tests/fuzz/corpus/ keeps. Says at the end what each has done.
# Fails when one finds something; the input is kept in build/fuzz/findings/ and its path printed.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/common.sh
. scripts/common.sh
seconds=${1:?usage: fuzz.sh SECONDS [TARGET…]}
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(sed -n 's/^ *jobs_fuzzer(\([a-z]*_fuzz\).*/\1/p' tests/fuzz/CMakeLists.txt)
fi

configure asan
build asan "${targets[@]}"
python3 tests/fuzz/seeds.py build/fuzz/seeds
mkdir -p build/fuzz/findings

# A longer run is a deeper one only if it goes on where the last ended: what was found new stays in build/fuzz/found.
run() {
  local target=$1 seconds=$2 name=${1%_fuzz} folder
  local folders=("build/fuzz/found/$name")
  mkdir -p "${folders[0]}"
  for folder in "build/fuzz/seeds/$name" "tests/fuzz/corpus/$name"; do
    if [ -d "$folder" ]; then folders+=("$folder"); fi
  done
  build/asan/tests/fuzz/"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$name-" "${folders[@]}" >"build/fuzz/$target.log" 2>&1
  echo $? >"build/fuzz/$target.status"
}
export -f run
say "Fuzzing for $seconds s each: ${targets[*]}"
rm -f build/fuzz/*_fuzz.status
printf '%s\n' "${targets[@]}" | xargs -P 2 -I '{}' bash -c 'run "$1" "$2"' _ '{}' "$seconds"

failed=false
printf '%-12s %12s %10s %8s %8s  %s\n' target executions 'a second' edges corpus outcome
for target in "${targets[@]}"; do
  log=build/fuzz/$target.log
  stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
  # The last line of progress: "#1234 DONE cov: 567 ft: 890 corp: 12/34Kb …"
  progress() { grep -oE "$1: [0-9]+" "$log" | tail -1 | grep -oE '[0-9]+$' || echo '?'; }
  status=$(cat "build/fuzz/$target.status" 2>/dev/null || echo "not run")
  outcome='no finding'
  if [ "$status" != 0 ]; then
    failed=true
    outcome="FOUND (exit $status): $(sed -n 's/.*Test unit written to //p' "$log" | tail -1)"
  fi
  printf '%-12s %12s %10s %8s %8s  %s\n' "$target" "$(stat number_of_executed_units)" "$(stat average_exec_per_sec)" \
    "$(progress cov)" "$(progress corp)" "$outcome"
done
if $failed; then
  for target in "${targets[@]}"; do
    if [ "$(cat "build/fuzz/$target.status" 2>/dev/null)" = 0 ]; then continue; fi
    say "$target"
    grep -E -A 25 'not so:|ERROR: |runtime error|terminate called' "build/fuzz/$target.log" | head -60 || tail -40 "build/fuzz/$target.log"
  done
  die "something was found: replay it with build/asan/tests/fuzz/TARGET FILE"
fi
