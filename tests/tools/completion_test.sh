#!/usr/bin/env bash
# completion_test.sh WORK NIB...: bash, with what "nib completion bash" prints, completes command lines. NIB: a command, perhaps
# with an emulator before it.
set -euo pipefail
work=$1
shift
rm -rf "$work"
mkdir -p "$work/folder"
cd "$work"
touch 'names.txt' 'names two.txt'
# shellcheck source=/dev/null
source <("$@" completion bash)
complete -p nib | grep -q -- '-F _nib' || { echo "nib has no completion"; exit 1; }

compopt() { [[ $* == '-o filenames' ]]; } # which is for a shell that is completing

checked=0
# complete_line WORD...: what the last word of a command line, as bash takes it apart, may become is in COMPREPLY.
complete_line() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _nib
  checked=$((checked + 1))
}

# completes WORD... EXPECTED: it may become each of the expected ones, in any order.
completes() {
  local expected actual
  expected=$(tr , '\n' <<<"${*: -1}" | sort)
  complete_line "${@:1:$#-1}"
  actual=$(printf '%s\n' "${COMPREPLY[@]}" | sort)
  [[ $actual == "$expected" ]] || { echo "${COMP_WORDS[*]}: '$actual', expected '$expected'"; exit 1; }
}

completes nib tr 'train'
completes nib -- '--version,--help'
completes nib pl 'plan'
completes nib help doc 'doctor'
completes nib completion '' 'bash'
completes nib train --pat '--patience'
completes nib train --print '--print-config'
completes nib train --preset lecture-b 'lecture-batchnorm'
completes nib train --preset = lecture-b 'lecture-batchnorm'
completes nib train --schedule = 'step,cosine,constant'
completes nib train --steps '' ''
completes nib train --steps 3 n 'names two.txt,names.txt'
completes nib train --overwrite na 'names two.txt,names.txt'
completes nib train --out '' 'folder'
completes nib train --config names.t 'names.txt'
completes nib doctor f 'folder'
completes nib doctor --json '--json'
completes nib eval --json names.t 'names.txt'
completes nib eval names.txt --split t 'train,test'
completes nib -q sample names.t 'names.txt'
completes nib fold names.txt -o names.t 'names.txt'
completes nib export --format p 'pytorch'
completes nib nothing '' ''

# Each option and each word of a set has a place.
for command in $("$@" help | awk '/^Subcommands:/ { list = 1; next } /^$/ { list = 0 } list && /^  [^ ]/ { print $1 }'); do
  while read -r option words; do
    complete_line nib "$command" "$option"
    [[ " ${COMPREPLY[*]} " == *" $option "* ]] || { echo "nib $command lacks $option"; exit 1; }
    [[ $words == *\|* && $words != *@* ]] || continue
    completes nib "$command" "$option" '' "${words//|/,}"
  done < <(COLUMNS=1000 "$@" help "$command" | sed -nE 's/^  (-[a-zA-Z],)?(--[a-z-]+) ?([^ ]*).*/\2 \3/p')
done
echo "$checked command lines"
[[ $checked -ge 150 ]]
