#!/usr/bin/env bash
# Everything that threads do together, under ThreadSanitizer: the training step, products, several trainers, one model
# in many threads.
#   tsan.sh FOLDER    FOLDER is for the build
# Ends with 77 if there is no clang with ThreadSanitizer and OpenMP.
set -euo pipefail
folder=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "$folder"
if ! echo 'int main() { return 0; }' | clang++ -fsanitize=thread -fopenmp -x c++ - -o "$folder/probe" 2>/dev/null; then
  echo "skipped: there is no clang++ with ThreadSanitizer and OpenMP"
  exit 77
fi
log=$folder/log
trap 'tail -n 60 "$log"' ERR
tests=(train_one_answer_test api_threads_test kernels_sgemm_test)
(cd "$root" && cmake --preset tsan -B "$folder/build" -D NIB_BUILD_BENCH=OFF -D NIB_BUILD_TOOLS=OFF) >"$log" 2>&1
cmake --build "$folder/build" --target "${tests[@]}" >>"$log" 2>&1
export TSAN_OPTIONS=ignore_noninstrumented_modules=1 # the OpenMP runtime's own memory
for test in "${tests[@]}"; do
  "$folder/build/bin/$test" >>"$log" 2>&1
  printf '%s: no report; %s\n' "$test" "$(grep -a 'All tests passed' "$log" | tail -n 1)"
done
