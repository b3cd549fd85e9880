#!/usr/bin/env bash
# documented_test.sh NIB ROOT WORK: the training that README.md, the man page and tools/dev show works a second time,
# in the folders that the first time left.
set -euo pipefail
nib=$1 root=$2 work=$3
rm -rf "$work"
mkdir -p "$work/run" "$work/checkout/tools" "$work/checkout/data" "$work/checkout/build/bin" "$work/stubs"
trap 'tail -n 20 "$work/log" >&2' ERR

# Of each command, two steps; it stands behind blanks or "$ ", and may have a comment or && behind it.
commands() {
  { grep -hE '^(    |\$ |    \$ )(build/bin/)?nib train ' "$root/README.md"; sed 's/\\-/-/g' "$root/tools/man-page" | grep '^nib train '; } |
    sed -E 's/^ *(\$ )?(build\/bin\/)?nib //; s/ *(#|&&).*//'
}
head -n 200 "$root/data/names.txt" >"$work/run/names.txt"
printf 'embedding 3 # numbers a symbol\nflatten\nlinear\n' >"$work/run/net.txt"
mapfile -t lines < <(commands | grep -vE '\[DATA\]')
[[ ${#lines[@]} -ge 6 ]] || { echo "found only ${#lines[@]} commands"; exit 1; }
cd "$work/run"
for time in first second; do
  for line in "${lines[@]}"; do
    [[ $line != *bare.safetensors* ]] || continue # which PyTorch writes
    eval "words=($line)" # of our own documents, which quote what has blanks
    "$nib" "${words[@]}" --steps 2 >>"$work/log" 2>&1 || { echo "fails the $time time: nib $line"; false; }
  done
done

# tools/dev without building: what it asks for is there.
cp "$root/tools/dev" "$work/checkout/tools/"
cp "$root/data/names.txt" "$work/checkout/data/"
ln -s "$nib" "$work/checkout/build/bin/nib"
for stub in cmake c++ ninja; do printf '#!/bin/sh\n' >"$work/stubs/$stub"; done
printf '#!/bin/sh\necho installed\n' >"$work/stubs/dpkg-query"
chmod +x "$work/stubs/"*
cd "$work/checkout"
for time in first second; do
  PATH=$work/stubs:$PATH tools/dev train --steps 2 --hidden 4 >>"$work/log" 2>&1 || { echo "tools/dev train fails the $time time"; false; }
done
PATH=$work/stubs:$PATH tools/dev train --resume >>"$work/log" 2>&1
