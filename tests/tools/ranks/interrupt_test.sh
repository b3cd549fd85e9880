#!/usr/bin/env bash
# mpiexec gets Ctrl-C, or the ranks do: the run is saved and stops, and resumes on other ranks to the bytes of an
# undisturbed one. MPICH passes the signal on; Open MPI sends SIGTERM, and a second later SIGKILL.
# usage: interrupt_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

undisturbed
# interrupted FOLDER COMMAND...: a run on three ranks, to whose mpiexec or ranks the command sends a signal.
interrupted() {
  local out=$1 mpiexec_process
  shift
  on 3 "${disturbed[@]}" --out "$out" >"$out.out" 2>"$out.err" &
  mpiexec_process=$!
  recorded "$out" 20
  "$@"
  wait "$mpiexec_process" || true # with MPICH, the exit status is 0 at times
  has "$out.err" "stopped after step"
  resumed "$out" 2
}
to_mpiexec() { kill "-$1" "$mpiexec_process"; }
to_ranks() { processes ranks | xargs kill -INT; }
interrupted int to_mpiexec INT
interrupted term to_mpiexec TERM
interrupted ranks to_ranks
finish
