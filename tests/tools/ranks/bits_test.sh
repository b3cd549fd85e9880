#!/usr/bin/env bash
# The files of nib alone, from nib-mpi on one to four ranks with one thread and with two.
# usage: bits_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER RANKSxTHREADS...
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"
shift 5

# compared NAME OPTIONS: one run of nib, and one of nib-mpi for each number of ranks and threads.
compared() {
  local name=$1 on
  shift
  trained "$name" "$nib" train "$@" --segments 8 --threads 1
  [[ -s $name/model.safetensors ]] || fault "$name: no model"
  for on in "${layouts[@]}"; do
    trained "$name-$on" on "${on%x*}" train "$@" --segments 8 --threads "${on#*x}"
    same_models "$name" "$name-$on"
    cmp -s "$name.out" "$name-$on.out" || fault "$name-$on.out is not $name.out"
    [[ $on == 1x* ]] || has "$name-$on.err" "${on%x*} ranks"
  done
}
layouts=("$@")

# Nine classes of pictures of 12 x 12: a bright square, whose place is the class, and noise.
awk 'BEGIN { for (row = 0; row < 300; ++row) { class = row % 9; line = "place" class
  for (y = 0; y < 12; ++y) for (x = 0; x < 12; ++x) { noise = (noise * 69069 + 12345) % 65536
    line = line "," (int(y / 4) * 3 + int(x / 4) == class ? 1 : 0) + noise / 65536 }
  print line } }' >pictures.csv

compared deep "$names" --preset lecture-deep --batch 128 --steps 20 --stats-every 10
compared default "$names" --steps 6 --eval-every 3
compared table "$data/penguins.csv" --target species --missing mean --drop year --batch 128 --epochs 10 --clip-norm 1
compared pictures pictures.csv --target 1 --input "floats 1x12x12" --batch 128 --epochs 5 \
  --network "conv2d 8 3 padding=1, batchnorm, relu, maxpool 2, conv2d 12 3, relu, flatten, linear 24, relu, linear"

# Without mpiexec there is one rank.
trained alone "$nib_mpi" train "$names" --steps 6 --eval-every 3 --segments 8 --threads 2
same_models default alone
finish
