#!/usr/bin/env bash
# Fuzzes the reader of folded files, models, networks' texts, data sets' texts or tables, starting with real ones and
# with inputs that once broke it.
#   run.sh csv|folded|idx|model|network|npy|npz|text NIB DATA FOLDER SECONDS     FOLDER is for the build and the work
# Ends with 77 if there is no clang with libFuzzer. An input that breaks a reader is kept as FOLDER/READER.broken-*.
set -euo pipefail
reader=$1 nib=$2 data=$3 folder=$4 seconds=$5
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "$folder"
probe='extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'
if ! echo "$probe" | clang++ -fsanitize=fuzzer,address -x c++ - -o "$folder/probe" 2>/dev/null; then
  echo "skipped: there is no clang++ with libFuzzer and AddressSanitizer"
  exit 77
fi
log=$folder/$reader.log
trap 'tail -n 60 "$log"' ERR
(cd "$root" && cmake --preset fuzz -B "$folder/build") >"$log" 2>&1
cmake --build "$folder/build" --target "fuzz_$reader" >>"$log" 2>&1

seeds=$folder/$reader.seeds corpus=$folder/$reader.corpus run=$folder/$reader.run
rm -rf "$seeds"
mkdir -p "$seeds" "$corpus"

# fold_seeds NAME [OPTION]...: the last model, folded with weights of every kind
fold_seeds() {
  for weights in f32 bf16 int8; do
    "$nib" fold "$run/model.safetensors" -o "$seeds/$1.$weights.nib" --weights "$weights" --max-loss-difference 9 "${@:2}" \
      >>"$log" 2>&1
  done
}

# add_seeds NAME DATA OPTION...: a model that nib trains with these, for the reader of models, or its folded files
add_seeds() {
  "$nib" train "${@:2}" --steps 2 --threads 1 --overwrite --out "$run" >>"$log" 2>&1
  if [[ $reader == folded ]]; then fold_seeds "$1"; else cp "$run/model.safetensors" "$seeds/$1.safetensors"; fi
}

case $reader in
  csv | idx | npy | npz) cp "$root/tests/fuzz/seeds/$reader"/* "$seeds" ;; # the first byte, but of npz: see READER_fuzz.cpp
  network)
    number=0
    while IFS= read -r line; do # the first byte: see network_fuzz.cpp
      case $line in
        symbols* | floats*) choice=001 ;;
        cross-entropy* | huber*) choice=003 ;;
        *conv1d*) choice=010 ;;
        *conv2d*) choice=020 ;;
        *) choice=000 ;;
      esac
      number=$((number + 1))
      printf '%b' "\\0$choice$line" >"$seeds/$number"
    done <"$root/tests/fuzz/networks.txt"
    ;;
  text)
    for choice in 0 1 2; do # the first byte: see text_fuzz.cpp
      { printf '%b' "\\$choice" && head -n 20 "$data"; } >"$seeds/names$choice"
    done
    { printf '\0\xef\xbb\xbf' && printf 'caf\xc3\xa9\r\n%.0s' {1..12} && printf '\xf0\x9f\x98\x80'; } >"$seeds/utf8"
    ;;
  model | folded)
    text=$folder/$reader.txt table=$folder/$reader.csv planes=$folder/$reader.planes.csv
    head -n 20 "$data" >"$text"
    { echo a,b,kind && for i in {1..40}; do echo "$i,$((i * i % 11)),$((i % 3 == 0))x"; done; } >"$table"
    source "$root/tests/targets/planes.sh"
    write_planes "$planes"
    for layers in 0 1 2; do
      add_seeds "$layers" "$text" --context 2 --embedding 2 --hidden 3 --hidden-layers "$layers" --batch 2
    done
    [[ $reader == model ]] || fold_seeds table --first-layer table
    list='embedding 2, flatten, tanh, batchnorm, linear 3, residual(layernorm, linear 2, gelu | rmsnorm, linear 2), linear'
    add_seeds list "$text" --network "$list" --context 2 --batch 2
    for target in kind a; do # classes, and numbers
      add_seeds $target "$table" --target $target --network "linear 3, batchnorm, relu, linear"
    done
    add_seeds planes "$planes" --target kind --input "floats 2x6x5" --network "$planes_network"
    add_seeds series "$planes" --target kind --input "floats 3x20" --network \
      "conv1d 4 3 dilation=2, gelu, conv1d 4 5 stride=2 groups=4, batchnorm, maxpool 2, global-average, linear"
    ;;
esac
broken=("$root/tests/fuzz/broken/$reader")
[[ -d ${broken[0]} ]] || broken=()

"$folder/build/bin/fuzz_$reader" "$corpus" "$seeds" "${broken[@]}" -max_total_time="$seconds" -max_len=16384 \
  -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$folder/$reader.broken-" >>"$log" 2>&1
sed -n 's/^stat::number_of_executed_units: */executions: /p' "$log"
