#!/usr/bin/env bash
# mpiexec gets Ctrl-C: the run is saved and stops, and resumes on other ranks to the bytes of an undisturbed one. MPICH
# passes the signal on; Open MPI sends SIGTERM, and a second later SIGKILL.
# usage: interrupt_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"
disturbed+=(--steps 1500)

trained whole "$nib" "${disturbed[@]}"
for signal in INT TERM; do
  code=0
  on 3 "${disturbed[@]}" --out "$signal" >"$signal.out" 2>"$signal.err" &
  recorded "$signal" 20
  kill "-$signal" $!
  wait $! || code=$?
  [[ $code -ne 0 ]] || fault "$signal: ended with 0"
  has "$signal.err" "stopped after step"
  ended "$signal"
  trained "$signal" on 2 "${disturbed[@]}" --resume
  same_models whole "$signal"
done
finish
