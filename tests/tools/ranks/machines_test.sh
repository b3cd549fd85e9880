#!/usr/bin/env bash
# Ranks on machines of their own, over TCP: the files of one process.
# usage: machines_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"
source "$(dirname "${BASH_SOURCE[0]}")/machines.sh"
make_machines

run=(train "$names" --preset lecture-deep --batch 128 --segments 8 --steps 20 --eval-every 5 --threads 1)
trained one "$nib" "${run[@]}"
for ranks in 2 3; do
  trained "on$ranks" across "$ranks" "${run[@]}"
  has "on$ranks.err" "$ranks ranks"
  same_models one "on$ranks"
done
finish
