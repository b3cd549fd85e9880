#!/usr/bin/env bash
# The link to a machine is cut in mid-run: after --rank-timeout every rank ends, with a sentence and exit status 1 unless
# MPI ends it first, and the last checkpoint resumes on other ranks to the bytes of an undisturbed run.
# usage: lost_link_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"
source "$(dirname "${BASH_SOURCE[0]}")/machines.sh"
make_machines

# Each rank leaves its messages and its exit status: from the machine that is cut off they reach nobody.
cat >rank <<RANK
#!/bin/sh
rank=\${OMPI_COMM_WORLD_RANK-\$PMI_RANK}
"$nib_mpi" "\$@" 2>"rank\$rank.err"
echo \$? >"rank\$rank.status"
RANK
chmod +x rank

# cut MACHINE: a run on three whose link to one is cut.
cut() {
  local machine=$1 out=cut$1 code=0 rank status i
  rm -f rank?.err rank?.status
  program=$PWD/rank across 3 "${disturbed[@]}" --out "$out" --rank-timeout 4 >"$out.out" 2>"$out.err" &
  recorded "$out" 20
  link "$machine" down
  ended "$out"
  for ((i = 0; i < 50; ++i)); do kill -0 $! 2>/dev/null && sleep 0.1; done
  stop_daemons
  wait $! || code=$?
  [[ $code -eq 1 ]] || { is_openmpi && [[ $code -eq 137 ]]; } || fault "$out: mpiexec ended with $code"
  link "$machine" up
  for rank in 0 1 2; do
    status=none
    [[ ! -e rank$rank.status ]] || status=$(<"rank$rank.status")
    echo "$out: mpiexec ended with $code, rank $rank with $status: $(grep 'nib: error' "rank$rank.err")"
    [[ $status == none || $status -eq 1 ]] || fault "rank $rank ended with $status"
  done
  grep -qF "a rank has not answered for 4 s (--rank-timeout)" rank?.err || fault "$out: no sentence"
}
undisturbed
for machine in 3 1; do
  cut "$machine"
  resumed "cut$machine" 2
done
finish
