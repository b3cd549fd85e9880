#!/usr/bin/env bash
# Builds a program of random items with AddressSanitizer and UndefinedBehaviorSanitizer, and runs it.
#   items.sh calls|files FOLDER [OPTIONS]     FOLDER is for the build; OPTIONS: see items.hpp
# calls: by g++, with threads, checking the kernels too. files: by clang++, in run.sh's build, without checking the
# kernels of training: these would take most of the time, and read no file. Ends with 77 if there is no such compiler.
set -euo pipefail
items=$1 folder=$2
shift 2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "$folder"
case $items in
  calls) preset=asan compiler=g++ flags=address,undefined build=$folder/build-calls ;;
  files) preset=fuzz compiler=clang++ flags=fuzzer-no-link,address,undefined build=$folder/build ;;
esac
if ! echo 'int main() { return 0; }' | "$compiler" -fsanitize="$flags" -x c++ - -o "$folder/probe" 2>/dev/null; then
  echo "skipped: there is no $compiler with AddressSanitizer and UndefinedBehaviorSanitizer"
  exit 77
fi
log=$folder/$items.log
trap 'tail -n 60 "$log"' ERR
(cd "$root" && cmake --preset "$preset" -B "$build" -D NIB_BUILD_TOOLS=OFF -D NIB_SHARED=OFF) >"$log" 2>&1
cmake --build "$build" --target "fuzz_$items" >>"$log" 2>&1
trap - ERR

# In memory if there is such a folder, because files are synced.
TMPDIR=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$folder")")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
"$build/bin/fuzz_$items" "$@"
