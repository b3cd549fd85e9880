#!/usr/bin/env bash
# libnib_infer.a, built for a target by its toolchain file and run there, draws the names that nib sample prints here,
# with weights of every kind, by the kernels that it chooses there and by the scalar ones; the logits of both have the
# same bits, and so have the outputs of a network over planes.
#   infer.sh TRIPLE CPU NIB DATA FOLDER [FLAGS]    TRIPLE names cmake/TRIPLE.cmake, CPU is qemu-user's
# FOLDER is for the build.
# Ends with 77 if the target's compiler or emulator is missing.
set -euo pipefail
triple=$1 cpu=$2 nib=$3 data=$4 folder=$5 more_flags=${6:-}
case $triple in
  aarch64-*) isa=neon64 ;;
  arm-*) isa=neon ;;
  *) isa=scalar ;;
esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for program in "$triple-g++" "qemu-$cpu"; do
  command -v "$program" >/dev/null || { echo "skipped: $program is not installed" && exit 77; }
done
mkdir -p "$folder"
log=$folder/log
trap 'cat "$log"' ERR

"$nib" train "$data" --preset lecture-deep --hidden 30 --hidden-layers 2 --steps 200 --threads 1 --log-every 200 \
  --overwrite --out "$folder/mlp" >"$log" 2>&1
list='embedding 8, flatten, tanh, batchnorm, linear 24, layernorm, gelu, residual(linear 24, batchnorm, silu | rmsnorm,
linear 24), dropout 0.1, linear'
"$nib" train "$data" --network "$list" --context 3 --steps 200 --threads 1 --log-every 200 --overwrite \
  --out "$folder/list" >>"$log" 2>&1
cmake -S "$root" -B "$folder/build" --toolchain "cmake/$triple.cmake" -D CMAKE_BUILD_TYPE=Release -D NIB_OPENMP=OFF \
  -D NIB_WARNINGS_AS_ERRORS=ON -D NIB_BUILD_TESTS=OFF -D NIB_BUILD_TOOLS=OFF -D NIB_BUILD_BENCH=OFF \
  ${more_flags:+-D "CMAKE_CXX_FLAGS=$more_flags"} >>"$log" 2>&1
# libnib.a too, since some compilers fail on it; it is for 64 bits. More flags are for the engine's kernels.
targets=(nib_infer)
[[ $triple != *64-* || -n $more_flags ]] || targets+=(nib)
cmake --build "$folder/build" --target "${targets[@]}" >>"$log" 2>&1
read -ra flags <<<"$(sed -n 's/^CMAKE_C_FLAGS:STRING=//p' "$folder/build/CMakeCache.txt")"
"$triple-gcc" -D_POSIX_C_SOURCE=200112L -std=c99 -pedantic -Wall -Wextra -Werror "${flags[@]}" -I "$root/include" \
  "$root/tests/targets/infer_names.c" "$folder/build/lib/libnib_infer.a" -o "$folder/names" >>"$log" 2>&1
for model in mlp list; do
  for weights in f32 bf16 int8; do
    file=$folder/$model-$weights.nib
    "$nib" fold "$folder/$model/model.safetensors" "$data" --weights "$weights" -o "$file" >>"$log" 2>&1
    "$nib" sample "$file" -n 30 --seed 7 >"$folder/expected"
    "qemu-$cpu" -L "/usr/$triple" "$folder/names" "$file" 30 7 >"$folder/printed" 2>"$folder/chosen"
    diff "$folder/expected" "$folder/printed"
    "qemu-$cpu" -L "/usr/$triple" "$folder/names" "$file" 30 7 scalar >"$folder/printed" 2>"$folder/scalar"
    diff "$folder/expected" "$folder/printed"
    diff <(sed "s/^scalar /$isa /" "$folder/scalar") "$folder/chosen"
  done
done
source "$root/tests/targets/planes.sh"
write_planes "$folder/planes.csv"
"$nib" train "$folder/planes.csv" --target kind --input 'floats 2x6x5' --network "$planes_network" --steps 60 --threads 1 \
  --overwrite --out "$folder/planes" >>"$log" 2>&1
"$triple-gcc" -D_POSIX_C_SOURCE=200112L -std=c99 -pedantic -Wall -Wextra -Werror "${flags[@]}" -I "$root/include" \
  "$root/tests/targets/infer_rows.c" "$folder/build/lib/libnib_infer.a" -o "$folder/rows" >>"$log" 2>&1
for weights in f32 bf16 int8; do
  "$nib" fold "$folder/planes/model.safetensors" --weights "$weights" --max-loss-difference 0.1 -o "$folder/planes.nib" \
    >>"$log" 2>&1
  "qemu-$cpu" -L "/usr/$triple" "$folder/rows" "$folder/planes.nib" scalar >"$folder/expected" 2>>"$log"
  "qemu-$cpu" -L "/usr/$triple" "$folder/rows" "$folder/planes.nib" >"$folder/printed" 2>"$folder/chosen"
  diff "$folder/expected" "$folder/printed"
  diff <(echo "$isa") "$folder/chosen"
done
cmake -D "NM=$triple-nm" -D "SIZE=$triple-size" -D "LIBRARY=$folder/build/lib/libnib_infer.a" -D "ISAS=$isa" \
  -P "$root/tests/infer/symbols_test.cmake"
"$triple-size" --totals "$folder/build/lib/libnib_infer.a" | tail -n 1
if [[ $more_flags == *dotprod* ]]; then # the flags are for these
  "$triple-objdump" -d "$folder/build/lib/libnib_infer.a" >"$folder/code"
  grep -qw sdot "$folder/code" || { echo "the kernels of bytes have no dot product" && exit 1; }
fi
echo "$triple${more_flags:+ $more_flags}, $isa: names as nib sample has them, and rows of planes with the bits of the scalar" \
  "kernels, with f32, bf16 and int8 weights"
