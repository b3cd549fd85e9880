#!/usr/bin/env bash
# Every relative link in a document of the repository leads to an existing file, and its anchor to a heading there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t documents < <(find . -name '*.md' -not -path './build*' -not -path './.git/*' | sort)

# A document without its fenced blocks.
prose() { awk '/^ *```/ { fenced = !fenced; next } !fenced' "$1"; }

# The anchors of a document's headings: lower case, without punctuation, a hyphen for a blank, -1 for the second of a
# name.
anchors() {
  prose "$1" | sed -nE 's/^#{1,6} +//p' | sed -E 's/\[([^]]*)\]\([^)]*\)/\1/g' | tr '[:upper:]' '[:lower:]' |
    sed -E 's/[^a-z0-9 _-]//g; s/ /-/g' | awk '{ print $0 (seen[$0]++ ? "-" seen[$0] - 1 : "") }'
}

links=0 faults=0
for document in "${documents[@]}"; do
  # shellcheck disable=SC2016 # backquotes are Markdown's
  while IFS= read -r link; do
    [[ $link != *://* && $link != mailto:* ]] || continue
    links=$((links + 1))
    file=${link%%#*}
    if [[ -z $file ]]; then file=$document; else file=$(dirname "$document")/$file; fi
    if [[ ! -e $file ]]; then
      echo "$document: there is no $link"
      faults=$((faults + 1))
    elif [[ $link == *#* ]] && ! grep -qxF -- "${link#*#}" <<<"$(anchors "$file")"; then
      echo "$document: $link: $file has no such heading"
      faults=$((faults + 1))
    fi
  done < <(prose "$document" | grep -v '^    ' | sed -E 's/`[^`]*`//g' | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(|\)$//g' || true)
done
[[ $links -ge 40 ]] || { echo "found only $links links"; exit 1; }
echo "$links links, $faults faults"
[[ $faults -eq 0 ]]
