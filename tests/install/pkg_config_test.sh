#!/bin/sh
# pkg_config_test.sh CC PREFIX WORK: builds the C99 programs in consumer/ with the flags that pkg-config prints for the
# tree in PREFIX, against the shared libraries, if there are any, and against the static ones, and runs them.
set -eu
cc=$1 prefix=$2 work=$3
source=$(dirname "$0")/consumer
pkg_config=${PKG_CONFIG:-pkg-config}
command -v "$pkg_config" >/dev/null || { echo "skipped: pkg-config was not found"; exit 77; }
libdir=$(dirname "$(find "$prefix" -name 'libnib.a')")
export PKG_CONFIG_PATH="$libdir/pkgconfig" LD_LIBRARY_PATH="$libdir"
strict='-std=c99 -Wall -Wextra -pedantic -Werror'
rm -rf "$work"
mkdir -p "$work"

# build NAME SOURCE LIBRARIES
build() {
  # shellcheck disable=SC2086,SC2046 # several words each
  $cc $strict $("$pkg_config" --cflags nib nib_infer) "$source/$2" -o "$work/$1" $3
}
static() { "$pkg_config" --static --libs "$1" | sed -E "s/-l(nib|nib_infer)( |$)/-l:lib\1.a /"; }

build train train.c "$("$pkg_config" --libs nib)"
build infer infer.c "$("$pkg_config" --libs nib_infer)"
build train_static train.c "$(static nib)"
build infer_static infer.c "$(static nib_infer)"

"$work/train" "$work/a.nib" >"$work/a.txt"
"$work/train_static" "$work/b.nib" >"$work/b.txt"
cmp "$work/a.nib" "$work/b.nib"
cmp "$work/a.txt" "$work/b.txt"
"$work/infer" "$work/a.nib" >"$work/c.txt"
"$work/infer_static" "$work/a.nib" >"$work/d.txt"
cmp "$work/c.txt" "$work/d.txt"
for program in infer infer_static; do
  if ldd "$work/$program" | grep -E 'stdc\+\+|c\+\+|gomp|libomp|libm\.'; then
    echo "$program needs more than C's library" >&2
    exit 1
  fi
done
