#!/usr/bin/env bash
# nib-mpi on one to four processes: the files of one process, refusals told once, a killed rank, a stopped one.
# usage: ranks_test.sh NIB NIB_MPI MPIEXEC NAMES FOLDER
set -euo pipefail
nib=$1 nib_mpi=$2 mpiexec=$3 names=$4 folder=$5
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
# Open MPI refuses to run as root, and more processes than cores, unless told.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe

faults=0
fault() { echo "$*" && faults=$((faults + 1)); }
same() { cmp -s "$1" "$2" || fault "$2 is not $1"; }
has() { grep -qF -- "$2" "$1" || { fault "$1 has not: $2"; cat "$1"; }; }
on() { local ranks=$1 && shift && timeout 200 "$mpiexec" -n "$ranks" "$nib_mpi" "$@"; }

options=(--network "embedding 6, flatten, linear 24, batchnorm, tanh, linear" --input "symbols context=3" --batch 128
  --segments 4 --steps 30 --eval-every 10 --stats-every 20 --threads 1)

"$nib" train "$names" --out one "${options[@]}" >one.out 2>one.err
"$nib_mpi" train "$names" --out alone "${options[@]}" >alone.out 2>alone.err || fault "without mpiexec: $(cat alone.err)"
for file in model.safetensors best.safetensors; do same "one/$file" "alone/$file"; done
for ranks in 1 2 3 4; do
  on "$ranks" train "$names" --out "r$ranks" "${options[@]}" >"r$ranks.out" 2>"r$ranks.err" || fault "$ranks ranks: $(cat "r$ranks.err")"
  for file in model.safetensors best.safetensors; do same "one/$file" "r$ranks/$file"; done
  same one.out "r$ranks.out"
done
has r4.err "4 ranks"

# Refusals, each told once.
refused() {
  local code=0 expected=$1 sentence=$2 && shift 2
  on 2 "$@" >refused.out 2>refused.err </dev/null || code=$?
  [[ $code -eq $expected ]] || fault "exit status $code, expected $expected: $*"
  has refused.err "$sentence"
  [[ $(grep -cF -- "$sentence" refused.err) -eq 1 ]] || fault "told more than once: $sentence"
  [[ ! -s refused.out ]] || fault "printed: $(cat refused.out)"
}
refused 2 "segments is 1: expected 2 at least" train "$names" --out no --steps 3 --threads 1
refused 2 "--steps: 'x': expected a whole number" train "$names" --out no --steps x
refused 1 "nothing.txt" train nothing.txt --out no
refused 1 "r2 holds a finished run of 30 steps" train "$names" --out r2 "${options[@]}"
refused 2 "standard input reaches one rank only" train - --out no --segments 2
refused 2 "one process does this, and there are 2" eval r2/model.safetensors "$names"
[[ ! -e no ]] || fault "a refused run has a folder"
on 2 train --help >help.out 2>&1 || fault "--help failed"
[[ $(grep -c -- --rank-timeout help.out) -eq 1 ]] || fault "--help is not printed once"
! "$nib" train --help | grep -q -- --rank-timeout || fault "nib has --rank-timeout"

# The process of a rank that mpiexec has started for a run in folder $1.
process_of() {
  local proc rank=$2
  for proc in /proc/[0-9]*; do
    [[ $(readlink "$proc/exe") == "$(readlink -f "$nib_mpi")" ]] || continue
    tr '\0' ' ' <"$proc/cmdline" | grep -q -- " --out $1 " || continue
    tr '\0' '\n' <"$proc/environ" | grep -qE "^(OMPI_COMM_WORLD_RANK|PMI_RANK)=$rank$" && echo "${proc#/proc/}" && return
  done 2>/dev/null
}
# Starts a long run on two ranks in folder $1, waits until it has a checkpoint of some steps, sends signal $2 to rank 1,
# and waits for the end of all.
disturbed() {
  local out=$1 signal=$2 code=0 process i
  shift 2
  on 2 train "$names" --out "$out" "${long[@]}" "$@" >"$out.out" 2>"$out.err" &
  local run=$!
  for ((i = 0; i < 300; ++i)); do
    sleep 0.1
    [[ -s $out/metrics.jsonl && $(grep -c '"type":"step"' "$out/metrics.jsonl") -gt 20 ]] && break
  done
  process=$(process_of "$out" 1)
  [[ -n $process ]] && kill "-$signal" "$process" || fault "rank 1 in $out was not found"
  wait "$run" || code=$?
  [[ $code -ne 0 && $code -ne 124 ]] || fault "$out ended with $code"
}
# A checkpoint for each step makes the run long enough to be met.
long=("${options[@]}" --steps 150 --eval-every 50)
"$nib" train "$names" --out whole "${long[@]}" >whole.out 2>whole.err
disturbed killed KILL --checkpoint-every 1
disturbed stopped STOP --checkpoint-every 1 --rank-timeout 2
has stopped.err "a rank has not answered for 2 s (--rank-timeout)"
for out in killed stopped; do
  on 3 train "$names" --out "$out" "${long[@]}" --resume >"$out.out" 2>"$out.err" || fault "resuming $out: $(cat "$out.err")"
  for file in model.safetensors best.safetensors; do same "whole/$file" "$out/$file"; done
done
echo "$faults faults"
[[ $faults -eq 0 ]]
