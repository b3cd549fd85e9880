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

seeds=$folder/$reader.seeds corpus=$folder/$reader.corpus
rm -rf "$seeds"
mkdir -p "$seeds" "$corpus"
small=(--context 2 --embedding 2 --hidden 3 --steps 2 --batch 2 --threads 1 --overwrite --out "$folder/$reader.run")
case $reader in
  csv | idx | npy | npz) cp "$root/tests/fuzz/seeds/$reader"/* "$seeds" ;; # the first byte, but of npz: see READER_fuzz.cpp
  network)
    number=0
    while IFS= read -r line; do # the first byte: see network_fuzz.cpp
      choice=0
      [[ $line != symbols* ]] || choice=1
      number=$((number + 1))
      printf '%b' "\\000$choice$line" >"$seeds/$number"
    done <"$root/tests/fuzz/networks.txt"
    ;;
  text)
    for choice in 0 1 2; do # the first byte: see text_fuzz.cpp
      { printf '%b' "\\$choice" && head -n 20 "$data"; } >"$seeds/names$choice"
    done
    { printf '\0\xef\xbb\xbf' && printf 'caf\xc3\xa9\r\n%.0s' {1..12} && printf '\xf0\x9f\x98\x80'; } >"$seeds/utf8"
    ;;
  model | folded)
    head -n 20 "$data" >"$folder/$reader.txt"
    for layers in 0 1 2; do
      "$nib" train "$folder/$reader.txt" "${small[@]}" --hidden-layers "$layers" >>"$log" 2>&1
      if [[ $reader == folded ]]; then
        for weights in f32 bf16 int8; do
          "$nib" fold "${small[-1]}/model.safetensors" "$folder/$reader.txt" -o "$seeds/$layers.$weights.nib" \
            --weights "$weights" --max-loss-difference 1 >>"$log" 2>&1
        done
      else
        cp "${small[-1]}/model.safetensors" "$seeds/$layers.safetensors"
      fi
    done
    ;;
esac
if [[ $reader == folded || $reader == model ]]; then # every operation, and the first layer as a table
  list='embedding 2, flatten, tanh, batchnorm, linear 3, residual(layernorm, linear 2, gelu | rmsnorm, linear 2), linear'
  "$nib" train "$folder/$reader.txt" --network "$list" --context 2 --steps 2 --batch 2 --threads 1 --overwrite \
    --out "$folder/$reader.run" >>"$log" 2>&1
  cp "${small[-1]}/model.safetensors" "$folder/$reader.list"
  if [[ $reader == folded ]]; then
    for weights in f32 bf16 int8; do
      "$nib" fold "$folder/$reader.list" "$folder/$reader.txt" -o "$seeds/list.$weights.nib" --weights "$weights" \
        --max-loss-difference 1 >>"$log" 2>&1
    done
    "$nib" train "$folder/$reader.txt" "${small[@]}" >>"$log" 2>&1
    for weights in f32 bf16 int8; do
      "$nib" fold "${small[-1]}/model.safetensors" "$folder/$reader.txt" -o "$seeds/table.$weights.nib" \
        --first-layer table --weights "$weights" --max-loss-difference 1 >>"$log" 2>&1
    done
  else
    cp "$folder/$reader.list" "$seeds/list.safetensors"
  fi
fi
if [[ $reader == folded || $reader == model ]]; then # tables: classes, and numbers
  { echo a,b,kind && for i in {1..40}; do echo "$i,$((i * i % 11)),$((i % 3 == 0))x"; done; } >"$folder/$reader.csv"
  for target in kind a; do
    "$nib" train "$folder/$reader.csv" --target $target --network "linear 3, batchnorm, relu, linear" --steps 2 --threads 1 \
      --overwrite --out "$folder/$reader.run" >>"$log" 2>&1
    if [[ $reader == folded ]]; then
      for weights in f32 bf16 int8; do
        "$nib" fold "$folder/$reader.run/model.safetensors" -o "$seeds/$target.$weights.nib" --weights "$weights" \
          --max-loss-difference 9 >>"$log" 2>&1
      done
    else
      cp "$folder/$reader.run/model.safetensors" "$seeds/$target.safetensors"
    fi
  done
fi
broken=("$root/tests/fuzz/broken/$reader")
[[ -d ${broken[0]} ]] || broken=()

"$folder/build/bin/fuzz_$reader" "$corpus" "$seeds" "${broken[@]}" -max_total_time="$seconds" -max_len=16384 \
  -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$folder/$reader.broken-" >>"$log" 2>&1
sed -n 's/^stat::number_of_executed_units: */executions: /p' "$log"
