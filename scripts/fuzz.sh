#!/usr/bin/env bash
# fuzz.sh SECONDS: builds the fuzzers with clang and runs each for so long, from its corpus in tests/fuzz/corpus/.
# What a crash leaves (crash-*, timeout-*) is put in build/fuzz/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz.sh SECONDS}

CC=clang CXX=clang++ cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DJOBS_BUILD_FUZZERS=ON -DJOBS_BUILD_EXAMPLES=OFF -DJOBS_BUILD_BENCH=OFF
targets=$(sed -n 's/^ *add_executable(\([a-z_]*_fuzz\).*/\1/p; s/^ *jobs_fuzzer(\([a-z_]*\).*/\1/p' tests/fuzz/CMakeLists.txt)
for target in $targets; do
  cmake --build build/fuzz --target "$target"
  program=$(find build/fuzz -type f -name "$target" -perm -u+x)
  # New inputs go to a scratch folder; the corpus that is kept stays as it is.
  mkdir -p "build/fuzz/found/$target"
  corpus="tests/fuzz/corpus/${target%_fuzz}"
  mkdir -p "$corpus"
  "$program" -max_total_time="$seconds" -timeout=10 -artifact_prefix=build/fuzz/ -print_final_stats=1 \
    "build/fuzz/found/$target" "$corpus"
done
