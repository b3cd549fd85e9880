#!/usr/bin/env bash
# A folder of src/ includes only itself and folders below it in src/README.md's table; tools/nib includes nothing of
# src/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t order < <(sed -n 's#^| src/\([a-z]*\) |.*#\1#p' src/README.md)
[[ ${#order[@]} -ge 8 ]] || { echo "src/README.md's table of folders was not found" && exit 1; }
declare -A height
for i in "${!order[@]}"; do height[${order[i]}]=$i; done

faults=0 includes=0
fault() { echo "$1" && faults=$((faults + 1)); }
for folder in src/*/; do
  folder=$(basename "$folder")
  [[ -n ${height[$folder]:-} ]] || fault "src/$folder is not in src/README.md's table"
done
# FILE:#include "FOLDER/..."
while IFS=: read -r file line; do
  from=${file#src/} from=${from%%/*} to=${line#*\"} to=${to%%/*}
  includes=$((includes + 1))
  if [[ $to != nib && ${height[$from]:-0} -gt ${height[$to]:--1} ]]; then
    fault "$file includes src/$to, which stands above src/$from: $line"
  fi
done < <(grep -rE '^#include "[a-z]+/' src)
while IFS=: read -r file line; do
  fault "$file includes what src/ holds: $line"
done < <(grep -rE "^#include \"($(IFS='|' && echo "${order[*]}"))/" tools || true)
[[ $includes -gt 200 ]] || fault "only $includes includes were found"
echo "$includes includes, $faults faults"
[[ $faults -eq 0 ]]
