#!/bin/sh
# program_test.sh PREFIX WORK: the installed program finds its names, and its man page and its completion know every
# command and option.
set -eu
prefix=$1 work=$2
nib=$prefix/bin/nib
page=$(find "$prefix" -name "nib.1*")
rm -rf "$work"
mkdir -p "$work"
"$nib" train --steps 2 --hidden 8 --out "$work/run" 2>"$work/messages" >/dev/null
grep -q "^data: $(realpath "$prefix")/share/nib/names.txt" "$work/messages" || { cat "$work/messages"; exit 1; }

completion=$(cat "$prefix/share/bash-completion/completions/nib")
plain=$(zcat -f "$page" | sed 's/\\-/-/g')
export COLUMNS=1000
commands=$("$nib" --help | awk '/^Subcommands:/ { list = 1; next } /^$/ { list = 0 } list && /^  [^ ]/ { print $1 }')
[ -n "$commands" ]
for command in $commands; do
  for option in $("$nib" "$command" --help | grep -oE '^  -[^ ]+' | tr , ' '); do
    case $plain in
      *"$option"*) ;;
      *) echo "$page lacks $option of nib $command" >&2; exit 1 ;;
    esac
    case $completion in
      *"$option"*) ;;
      *) echo "the completion lacks $option of nib $command" >&2; exit 1 ;;
    esac
  done
done
if command -v man >/dev/null; then
  man --warnings -l "$page" 2>&1 >/dev/null | tee "$work/warnings"
  [ ! -s "$work/warnings" ]
fi
