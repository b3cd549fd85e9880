#!/usr/bin/env bash
# An exported model, compiled for a target and run there, prints the names that nib sample prints here, and for a table
# the bits that nib predicts here for every row.
#   exported_c.sh TARGET NIB DATA TABLE_DRIVER
# The models are small ones, trained on DATA: one like lecture-deep and a list with every operation; with
# NIB_LECTURE_NAMES also the lecture's deep network after 1,001 steps. Each has weights of 32, 16 and 8 bits. On a
# microcontroller, the head of the exported file is right about flash, RAM and stack, and 8-bit convolutions predict
# pictures of Fashion-MNIST if Debian's package dataset-fashion-mnist is installed.
# Ends with 77 if the target's compiler or emulator is missing.
set -euo pipefail
target=$1 nib=$2 data=$3 table_driver=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'cat "$folder/log"' ERR

mps2=(arm-none-eabi-gcc -Os -mthumb -mfloat-abi=hard -nostartfiles --specs=nano.specs -ffunction-sections
  -fdata-sections)
board=() # for a program
[[ $target != cortex-* ]] || board=("-Wl,--gc-sections" -T "$here/mps2/mps2.ld" "$here/mps2/start.c")
case $target in
  host) compile=(cc -O2) run=() ;;
  aarch64) compile=(aarch64-linux-gnu-gcc -O2) run=(qemu-aarch64 -L /usr/aarch64-linux-gnu) ;;
  armhf) compile=(arm-linux-gnueabihf-gcc -O2 -mfpu=neon-vfpv4) run=(qemu-arm -L /usr/arm-linux-gnueabihf) ;;
  riscv64) compile=(riscv64-linux-gnu-gcc -O2) run=(qemu-riscv64 -L /usr/riscv64-linux-gnu) ;;
  cortex-m4) compile=("${mps2[@]}" -mcpu=cortex-m4 -mfpu=fpv4-sp-d16) run=(qemu-system-arm -M mps2-an386) ;;
  cortex-m7) compile=("${mps2[@]}" -mcpu=cortex-m7 -mfpu=fpv5-sp-d16) run=(qemu-system-arm -M mps2-an500) ;;
  *) echo "no such target: $target" && exit 2 ;;
esac
for program in "${compile[0]}" "${run[0]:-true}"; do
  command -v "$program" >/dev/null || { echo "skipped: $program is not installed" && exit 77; }
done

# run_program COUNT SEED
run_program() {
  case $target in
    cortex-*)
      "${run[@]}" -nographic -monitor none -serial null -chardev stdio,id=s0 -kernel "$folder/program" \
        -semihosting-config "enable=on,target=native,chardev=s0,arg=program,arg=$1,arg=$2" </dev/null
      ;;
    *) "${run[@]}" "$folder/program" "$1" "$2" ;;
  esac
}

# check_sizes: prints what the program takes on a microcontroller, and checks its stack
check_sizes() {
  arm-none-eabi-size -A "$folder/program" | grep -E '^\.(text|rodata|data|bss) '
  local stack
  stack=$(sed -n 's/^stack: \([0-9]*\) bytes$/\1/p' "$folder/all")
  echo "stack: $stack bytes"
  [[ $stack -le 512 ]]
}

# check MODEL COUNT SEED: MODEL is a .nib file
check() {
  "$nib" export "$1" --format c -o "$folder/model.c" --prefix names 2>>"$folder/log"
  "${compile[@]}" -std=c99 -pedantic -Wall -Wextra -Wconversion -Werror -DNIB_EXPORT_MAIN "${board[@]}" "$folder/model.c" \
    -lm -o "$folder/program"
  "$nib" sample "$1" -n "$2" --seed "$3" >"$folder/expected"
  run_program "$2" "$3" >"$folder/all"
  sed '/^stack: [0-9]* bytes$/d' "$folder/all" >"$folder/printed"
  diff "$folder/expected" "$folder/printed"
  [[ $(wc -l <"$folder/printed") -eq $2 ]]
  echo "$target: $2 names of $(basename "$1") as nib sample has them"
  [[ $target != cortex-* ]] || check_sizes
}

# check_weights FOLDER DATA COUNT SEED: the model that was trained on DATA into FOLDER
check_weights() {
  for weights in f32 bf16 int8; do
    "$nib" fold "$1/model.safetensors" "$2" --weights $weights -o "$1-$weights.nib" >>"$folder/log" 2>&1
    check "$1-$weights.nib" "$3" "$4"
  done
}

"$nib" train "$data" --preset lecture-deep --hidden 30 --hidden-layers 2 --steps 200 --threads 1 --log-every 200 \
  --out "$folder/small" >"$folder/log" 2>&1
check_weights "$folder/small" "$data" 30 7

# A list with every kind of operation.
list='embedding 8, flatten, tanh, batchnorm, linear 24, layernorm, gelu, residual(linear 24, batchnorm, silu | rmsnorm,
linear 24), dropout 0.1, linear'
"$nib" train "$data" --network "$list" --context 3 --steps 200 --threads 1 --log-every 200 --out "$folder/list" \
  >>"$folder/log" 2>&1
check_weights "$folder/list" "$data" 30 7

# check_object: what the head of $folder/model.c says of flash, code and static variables, on a microcontroller
check_object() {
  "${compile[@]}" -c "$folder/model.c" -o "$folder/model.o"
  local stated
  stated=$(awk '/^#define TABLE_FLASH_BYTES / { print $3 }' "$folder/model.c")
  arm-none-eabi-size -A "$folder/model.o" | awk -v stated="$stated" '
    /^\.text/ { code += $2 }
    /^\.rodata/ && !/^\.rodata\.(names|str)/ { constants += $2 }
    /^\.(data|bss)/ { variables += $2 }
    END {
      print "model.c: " constants " bytes of constants, " code " of code, " variables + 0 " of variables"
      # A compiler makes arrays of one number a part of the code.
      exit constants > stated || constants < stated - 64 || code > 3072 || variables != 0
    }' || { echo "expected $stated or a few less, 3072 at most, and 0" && exit 1; }
}

# check_rows NAME FOLDED ROWS: the predictions of a folded model of a table for every row of a file
check_rows() {
  "$nib" export "$2" --format c -o "$folder/model.c" --prefix table 2>>"$folder/log"
  "$table_driver" "$2" "$3" "$folder/driver.c" "$folder/expected"
  "${compile[@]}" -std=c99 -pedantic -Wall -Wextra -Wconversion -Werror "${board[@]}" "$folder/model.c" "$folder/driver.c" \
    -lm -o "$folder/program"
  run_program 0 0 >"$folder/all"
  sed '/^stack: [0-9]* bytes$/d' "$folder/all" >"$folder/printed"
  # The host's compiler fuses no multiply-adds by itself: the classes are the same, but not every last bit.
  if [[ $target == host ]]; then
    diff <(sed 's/.* //' "$folder/expected") <(sed 's/.* //' "$folder/printed")
  else
    diff "$folder/expected" "$folder/printed"
  fi
  echo "$target: $(wc -l <"$folder/printed") rows of $1, as nib predicts them"
  if [[ $target == cortex-* ]]; then
    check_sizes
    check_object
  fi
}

# check_table TABLE COMMAND...: a .csv file, learned with these options of nib train
check_table() {
  local table=$1 name weights
  name=$(basename "$table" .csv)
  "$nib" train "$table" "${@:2}" --threads 1 --out "$folder/$name" >>"$folder/log" 2>&1
  for weights in f32 bf16 int8; do
    "$nib" fold "$folder/$name/model.safetensors" --weights $weights --max-loss-difference 0.05 -o "$folder/table.nib" \
      >>"$folder/log" 2>&1
    check_rows "$name, $weights" "$folder/table.nib" "$table"
  done
}

# accuracy_of ARGUMENT...: as nib eval prints it
accuracy_of() { "$nib" eval "$@" 2>>"$folder/log" | awk '$2 == "accuracy" { print $3 }'; }

# check_pictures FOLDER: two small convolutions learn Fashion-MNIST. Their 8-bit weights lose at most half a percent of
# the test pictures, and 200 of these are predicted.
check_pictures() {
  local test=$1/t10k-images-idx3-ubyte.gz network before after
  network='conv2d 8 3x3 stride=2 padding=1, batchnorm, relu, conv2d 16 3x3 stride=2 padding=1, batchnorm, relu,
flatten, linear'
  "$nib" train "$1/train-images-idx3-ubyte.gz" --test "$test" --network "$network" --scale off --epochs 3 --batch 128 \
    --out "$folder/pictures" >>"$folder/log" 2>&1
  "$nib" fold "$folder/pictures/model.safetensors" --weights int8 --split test -o "$folder/pictures.nib" >>"$folder/log" 2>&1
  before=$(accuracy_of "$folder/pictures/model.safetensors" --split test)
  after=$(accuracy_of "$folder/pictures.nib" "$test" --shares 1,0,0 --split train)
  echo "$target: accuracy $before, with 8 bits $after"
  awk -v before="$before" -v after="$after" 'BEGIN { exit !(before > 0.85 && after >= before - 0.005) }'
  gzip -dc "$test" >"$folder/pictures.all"
  # An IDX of unsigned bytes, 200 x 28 x 28.
  { printf '\0\0\010\003\0\0\0\310\0\0\0\034\0\0\0\034' && head -c 156816 "$folder/pictures.all" | tail -c +17; } \
    >"$folder/pictures.idx"
  check_rows "Fashion-MNIST, int8" "$folder/pictures.nib" "$folder/pictures.idx"
}

check_table "${data%/*}/penguins.csv" --target species --missing mean --drop year
check_table "${data%/*}/sunspots.csv" --target SUNACTIVITY --task regress --steps 200
# shellcheck source-path=SCRIPTDIR
source "$here/planes.sh"
write_planes "$folder/planes.csv"
check_table "$folder/planes.csv" --target kind --input 'floats 2x6x5' --network "$planes_network" --steps 60

pictures=/usr/share/datasets/fashion-mnist
if [[ $target == cortex-* && -d $pictures ]]; then # microcontrollers alone: it takes a quarter of a minute
  check_pictures "$pictures"
else
  echo "pictures: left out, for cortex-m4 and cortex-m7 with the package dataset-fashion-mnist"
fi

if [[ -n ${NIB_LECTURE_NAMES:-} ]]; then
  "$nib" train "$NIB_LECTURE_NAMES" --preset lecture-deep --steps 1001 --threads 1 --log-every 1001 --out "$folder/deep" \
    >>"$folder/log" 2>&1
  check_weights "$folder/deep" "$NIB_LECTURE_NAMES" 20 2147483657
else
  echo "the lecture's network: skipped, as NIB_LECTURE_NAMES does not name the lecture's names.txt"
fi
