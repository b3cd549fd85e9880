#!/usr/bin/env bash
# No two types in src/ have the same name, so that a name is unambiguous. The branches of a file's #if count as one
# type.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
defined='^ *(struct|class|enum|enum class|union) +[A-Z][A-Za-z0-9]*( final)?( : [^;]*)?( *\{.*)?$'
found=$(grep -rHE "$defined" src --include='*.hpp' --include='*.cpp' |
  sed -E 's/^([^:]*): *(struct|class|enum class|enum|union) +([A-Za-z0-9]+).*/\3 \1/' | sort -u)
[[ $(wc -l <<<"$found") -gt 100 ]] || { echo "found only $(wc -l <<<"$found") types"; exit 1; }
twice=$(cut -d' ' -f1 <<<"$found" | uniq -d)
[[ -z $twice ]] && exit
echo "types of one name:"
grep -wF "$twice" <<<"$found"
exit 1
