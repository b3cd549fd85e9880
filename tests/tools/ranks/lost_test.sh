#!/usr/bin/env bash
# A rank that is killed and one that is stopped end the run, which resumes on other ranks to the bytes of an undisturbed one.
# usage: lost_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

# lost FOLDER SIGNAL OPTIONS: sends a signal to rank 1 of a run on two.
lost() {
  local out=$1 signal=$2 code=0 process
  shift 2
  on 2 "${disturbed[@]}" --out "$out" "$@" >"$out.out" 2>"$out.err" &
  recorded "$out" 20
  process=$(processes "$out" 1)
  [[ -n $process ]] && kill "-$signal" "$process" || fault "rank 1 in $out was not found"
  wait $! || code=$?
  [[ $code -ne 0 && $code -ne 124 ]] || fault "$out ended with $code"
}
undisturbed
lost killed KILL
lost stopped STOP --rank-timeout 2
has stopped.err "a rank has not answered for 2 s (--rank-timeout)"
resumed killed 3
resumed stopped 3
finish
