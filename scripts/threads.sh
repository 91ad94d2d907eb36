#!/usr/bin/env bash
# threads.sh: holds libjobs to what core/guarded.h says of its mutexes, with Clang's thread safety analysis. Builds nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

analyse() {
  clang++ -std=c++20 -fsyntax-only -Wno-everything -Wthread-safety -Werror=thread-safety -Ilibjobs/include -Ilibjobs/src "$@"
}

# A check that finds nothing is known to work if it finds this.
if echo '#include "core/guarded.h"
struct Account { jobs::Mutex mutex; int money JOBS_GUARDED_BY(mutex) = 0; void take() { --money; } };' |
  analyse -x c++ - 2>/dev/null; then
  echo "threads.sh: the analysis overlooks a field that is changed without its lock" >&2
  exit 1
fi

export -f analyse
# What a mutex guards is private, so these are all that could touch it.
grep -rlZE '\bLock lock|run/feed.h' libjobs/src --include='*.cc' | xargs -0 -P 2 -I {} bash -c 'analyse "$1" || exit 255' _ {}
echo "$(grep -rlE 'core/guarded.h' libjobs/src | wc -l) files with a mutex keep their word"
