#!/usr/bin/env bash
# Ten times, a random rank is killed at a random moment, and the run resumes on another number of ranks: every run ends
# with the bytes of the undisturbed one. NIB_SEED repeats the choices of a run of this test.
# usage: random_kills_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"
disturbed+=(--steps 1000 --checkpoint-every 3 --eval-every 100 --stats-every 100)
seed=${NIB_SEED:-$RANDOM}
echo "NIB_SEED=$seed"
RANDOM=$seed

# killed FOLDER RANK MILLISECONDS: kills a rank so long after its process was there. Fails if the run ended before.
killed() {
  local i process
  for ((i = 0; i < 200; ++i)); do
    process=$(processes "$1" "$2")
    [[ -n $process ]] && break
    sleep 0.05
  done
  sleep "$(printf '%d.%03d' $(($3 / 1000)) $(($3 % 1000)))"
  [[ -n $process ]] && kill -KILL "$process" 2>/dev/null
}
# some_run FOLDER: a run that is killed until there were ten kills in all, and then ends.
some_run() {
  local out=$1 ranks=$((RANDOM % 4 + 1)) code options rank milliseconds is_killed
  for ((;;)); do
    code=0 options=(--overwrite) is_killed=0
    [[ -e $out/checkpoint.safetensors ]] && options=(--resume)
    rank=$((RANDOM % ranks)) milliseconds=$((RANDOM % 3000))
    on "$ranks" "${disturbed[@]}" --out "$out" "${options[@]}" >"$out.out" 2>"$out.err" &
    if ((kills < 10)) && killed "$out" "$rank" "$milliseconds"; then
      ((++kills)) && is_killed=1
      echo "$out: rank $rank of $ranks killed after $milliseconds ms"
    fi
    wait $! || code=$?
    [[ $code -ne 0 ]] || return 0
    [[ $is_killed -eq 1 ]] || { fault "$out ended with $code: $(cat "$out.err")" && return 0; }
    ended "$out"
    ranks=$(((ranks + RANDOM % 3) % 4 + 1))
  done
}

trained whole "$nib" "${disturbed[@]}"
kills=0
for ((run = 0; kills < 10; ++run)); do
  some_run "run$run"
  same_models whole "run$run"
done
echo "$kills kills in $run runs"
finish
