#!/usr/bin/env bash
# No comment has a sentence without a subject ("Of the rows, those that ...", "What a layer keeps"), and README.md stays a
# first page of at most 150 lines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
most_lines=150
code=(src include bench tests tools cmake CMakeLists.txt .ci)
comment='((//+|/\*+|^ *\*|#) +|""" *)'

faults=0
fault() { echo "$1" && faults=$((faults + 1)); }
# Comments that begin with a word, in files that are not data, documents or goldens.
comments_with() { grep -rnIE --exclude='*.md' --exclude='*.json' --exclude='*.csv' --exclude=prose.sh "$comment($1) " "${code[@]}" || true; }

while IFS= read -r line; do
  fault "$line: expected a sentence that begins with its subject"
done < <(comments_with 'Of|What|Whose')
subjects=$(comments_with 'A|The' | wc -l)
[[ $subjects -gt 1000 ]] || fault "only $subjects comments begin with an article: the pattern no longer finds comments"
lines=$(wc -l <README.md)
[[ $lines -le $most_lines ]] || fault "README.md has $lines lines: expected $most_lines at most; the folders' READMEs hold the rest"
echo "$faults faults"
[[ $faults -eq 0 ]]
