#!/usr/bin/env bash
# documented_test.sh NIB ROOT WORK EXAMPLE [long]: every command in a document works, and works a second time in the
# folders that the first run left; every transcript is what the program prints. The same holds for the examples of
# --help, the man page's commands, and tools/dev train. EXAMPLE is README.md's C program, compiled.
#
# A command stands in a block that is indented by four blanks, in an order in which the files that it needs exist. After
# "$ " it is a transcript: what follows is its output, where "..." stands for any lines. Numbers with four or more
# decimals in a command's comment must be in its output.
#
# Training on text takes two steps here, and commands that depend on it are run but not compared. With "long" training
# takes all of its steps where there is something to compare; for models of names.txt that needs NIB_LECTURE_NAMES.
set -euo pipefail
nib=$1 root=$2 work=$3 example=$4 set=${5:-short}
documents=(README.md tools/README.md tools/python/README.md include/nib/README.md src/README.md bench/README.md
  tests/README.md data/README.md CONTRIBUTING.md SECURITY.md)
rm -rf "$work"
mkdir -p "$work/bin" "$work/checkout/tools" "$work/checkout/data" "$work/checkout/build/bin" "$work/stubs"
work=$(cd "$work" && pwd)
ln -s "$nib" "$work/bin/nib"
log=$work/log
trap 'tail -n 20 "$log" >&2' ERR
lecture=
[[ $set != long ]] || lecture=${NIB_LECTURE_NAMES:-}

export PATH=$work/bin:$PATH
commands=0 transcripts=0 compared=0 exact=1
fail() { printf '%s: %s\n' "$where" "$*"; exit 1; }

# folder DIR: creates it, with the files that a document's commands read.
folder() {
  mkdir -p "$1/build/bin"
  ln -s "$root/data" "$1/data"
  ln -s "$nib" "$1/build/bin/nib"
  head -n 200 "$root/data/names.txt" >"$1/names.txt"
  [[ -z $lecture ]] || cp "$lecture" "$1/names.txt"
  head -n 200 "$root/data/places.txt" >"$1/mine.txt"
  cp "$root/data/penguins.csv" "$1/mine.csv"
  head -n 3 "$root/data/penguins.csv" >"$1/new.csv"
  printf 'embedding 3 # numbers a symbol\nflatten\nlinear\n' >"$1/net.txt"
  [[ -z ${NIB_BASIC_MOTIONS:-} ]] || cp "$NIB_BASIC_MOTIONS"/BasicMotions_*.ts "$1"
}

# matches EXPECTED ACTUAL: line by line, where "..." is any number of lines.
matches() {
  awk '
    function plain(line) { sub(/^trained in .*/, "trained in", line); return line }
    NR == FNR { expected[++lines] = plain($0); next }
    {
      line = plain($0)
      if (at < lines && expected[at + 1] ~ /^ *\.\.\.$/) { any = 1; ++at }
      if (at < lines && line == expected[at + 1]) { any = 0; ++at }
      else if (!any) { print "is not there: " $0 > "/dev/stderr"; wrong = 1; exit }
    }
    END {
      if (!wrong && at < lines && expected[at + 1] ~ /^ *\.\.\.$/) ++at
      if (!wrong && at < lines) { print "is not printed: " expected[at + 1] > "/dev/stderr"; wrong = 1 }
      exit wrong
    }' "$1" "$2"
}

# figures COMMENT: prints the numbers that the output must contain, one a line.
figures() {
  grep -oE '[0-9]+\.[0-9]{4,}' <<<"$1" || true
  [[ $command != *'nib sample '* ]] || grep -oE '\b[a-z]+\b' <<<"$1" || true
}

# run_command COMMAND [EXPECTED]: EXPECTED is a file with a transcript.
run_command() {
  local command=$1 expected=${2:-} comment='' status=0 figure
  if [[ $command =~ ^(.*[^\ ])\ +#\ (.*)$ ]]; then command=${BASH_REMATCH[1]} comment=${BASH_REMATCH[2]}; fi
  [[ $command != *bare.safetensors* ]] || return 0 # PyTorch writes that file
  if [[ $command == *fashion-mnist* || $command == *clothes* ]] && [[ ! -d /usr/share/datasets/fashion-mnist ]]; then
    echo "left out, as the package dataset-fashion-mnist is not installed: $command"
    return 0
  fi
  if [[ $command == *[Mm]otions* && -z ${NIB_BASIC_MOTIONS:-} ]]; then
    echo "left out, as NIB_BASIC_MOTIONS does not name the folder of BasicMotions_TRAIN.ts: $command"
    return 0
  fi
  commands=$((commands + 1))
  [[ -z $expected ]] || transcripts=$((transcripts + 1))
  if [[ $command == *'nib train '* ]]; then
    exact=1
    if [[ $command != *.csv* ]]; then
      [[ $set == long && (-n $expected || $(figures "$comment")) && ($command != *' names.txt'* || -n $lecture) ]] || exact=0
    fi
    [[ $exact -eq 1 ]] || command=$(sed 's/ && / --steps 2 \&\& /; t; s/$/ --steps 2/' <<<"$command")
  fi
  printf '$ %s\n' "$command" >>"$log"
  eval "$command" >"$work/output" 2>&1 </dev/null || status=$? # our own documents contain it
  cat "$work/output" >>"$log"
  [[ $status -eq 0 || ($status -eq 1 && $command == *'nib doctor '*) ]] || fail "exit status $status: $command"
  sed -i -e "s#$PWD/##g" -e 's#/[^ ]*/data/#data/#g' "$work/output"
  # SSE2 has no fused multiply-add, and so other last bits.
  if grep -qE '^training: .* threads?, sse2$' "$work/output"; then exact=0; fi
  if [[ $exact -eq 0 && $command != *'nib plan '* ]]; then return; fi
  if [[ -n $expected ]]; then
    matches "$expected" "$work/output" || fail "prints something else: $command"
    compared=$((compared + 1))
  fi
  while IFS= read -r figure; do
    [[ -z $figure ]] || grep -qwF -- "$figure" "$work/output" || fail "does not print $figure: $command"
  done < <(figures "$comment")
}

# Runs a block's commands; for a transcript, with the lines after each.
run_block() {
  local line command=''
  for line in "$@" '$ '; do
    if [[ $line == '$ '* ]]; then
      [[ -z $command ]] || run_command "$command" "$work/expected"
      command=${line#'$ '}
      : >"$work/expected"
    elif [[ -n $command ]]; then
      printf '%s\n' "$line" >>"$work/expected"
    elif [[ $line =~ ^(build/bin/)?nib\  || $line =~ ^awk\  || $line =~ ^cc\ .*names_model ]]; then
      run_command "$line"
    elif [[ $line =~ ^tools/dev\ ([a-z-]+) ]]; then
      grep -q "^  ${BASH_REMATCH[1]} " "$root/tools/dev" || fail "tools/dev has no ${BASH_REMATCH[1]}"
    elif [[ $line =~ ^(python3\ )?([a-z/]+\.py)\  && $line != *goldens* ]]; then
      [[ -f $root/${BASH_REMATCH[2]} ]] || fail "there is no ${BASH_REMATCH[2]}"
    fi
  done
}

run_document() {
  local line fenced='' block=()
  while IFS= read -r line; do
    if [[ $line == '```'* ]]; then [[ -n $fenced ]] && fenced='' || fenced=1; fi
    if [[ -z $fenced && $line == '    '* ]]; then
      block+=("${line#'    '}")
    elif [[ ${#block[@]} -gt 0 ]]; then
      run_block "${block[@]}"
      block=()
    fi
  done < <(cat "$root/$1" && echo)
}

for where in "${documents[@]}"; do
  here=$work/documents/${where//\//-}
  folder "$here"
  cd "$here"
  run_document "$where"
  [[ $set == long ]] || run_document "$where"
  if [[ $where == README.md ]]; then
    "$example" >"$work/output" || fail "the C program fails"
    diff "$work/output" <(build/bin/nib sample mine.nib -n 10) || fail "the C program prints something else"
  fi
done
echo "$commands commands, $compared of $transcripts transcripts compared"
[[ $commands -ge 40 && $transcripts -ge 10 && $compared -gt 0 ]] || { echo "found too few"; exit 1; }

where='the examples of --help'
folder "$work/help"
cd "$work/help"
mapfile -t lines < <(
  "$nib" help | awk '/^Subcommands:/ { list = 1; next } /^$/ { list = 0 } list && /^  [^ ]/ { print $1 }' |
    while read -r command; do "$nib" help "$command" | sed '1,/^Examples:$/d'; done
)
[[ ${#lines[@]} -ge 26 ]] || fail "found only ${#lines[@]} commands"
for _ in first second; do
  for line in "${lines[@]}"; do run_command "${line#  }"; done
done

where='the man page'
folder "$work/man"
cd "$work/man"
mapfile -t lines < <(sed 's/\\-/-/g' "$root/tools/man-page" | grep '^nib [a-z]* ')
[[ ${#lines[@]} -ge 4 ]] || fail "found only ${#lines[@]} commands"
for _ in first second; do
  for line in "${lines[@]}"; do run_command "$line"; done
done

# tools/dev without building: everything that it looks for exists.
where='tools/dev train'
cp "$root/tools/dev" "$work/checkout/tools/"
cp "$root/data/names.txt" "$work/checkout/data/"
ln -s "$nib" "$work/checkout/build/bin/nib"
for stub in cmake c++ ninja; do printf '#!/bin/sh\n' >"$work/stubs/$stub"; done
printf '#!/bin/sh\necho installed\n' >"$work/stubs/dpkg-query"
chmod +x "$work/stubs/"*
cd "$work/checkout"
for time in first second; do
  PATH=$work/stubs:$PATH tools/dev train --steps 2 --hidden 4 >>"$log" 2>&1 || fail "fails the $time time"
done
PATH=$work/stubs:$PATH tools/dev train --resume >>"$log" 2>&1
