#!/usr/bin/env bash
# package_test.sh CMAKE CC WORK CMAKE-OPTION...: builds the Debian packages as "tools/dev package" does, looks at their
# fields and files, asks lintian, unpacks all three into one folder, and runs the program and programs that are built there.
set -euo pipefail
cmake=$1 cc=$2 work=$3
shift 3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in dpkg-deb dpkg-shlibdeps file pkg-config; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool was not found"; exit 77; }
done
fail() {
  echo "$*"
  exit 1
}
rm -rf "$work"
mkdir -p "$work"
export SOURCE_DATE_EPOCH=1700000000

cd "$here/../.."
logged() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
logged "$cmake" --preset package -B "$work/build" "$@"
logged "$cmake" --build "$work/build" --parallel "$(nproc)"
# The second time, files and folders have another time of day.
for time in first second; do
  logged "$(dirname "$cmake")/cpack" --config "$work/build/CPackConfig.cmake" -B "$work/$time"
  (cd "$work/$time" && sha256sum ./*.deb) >"$work/$time.sums"
done
cmp "$work/first.sums" "$work/second.sums"
cd "$work/first"
[[ $(wc -l <"$work/first.sums") -eq 3 ]] || fail "expected three packages: $(ls)"

version=$(dpkg-deb -f nib_*.deb Version)
field() { dpkg-deb -f "$1"_*.deb "$2"; }
for name in libnib0 libnib-dev nib; do
  [[ $(field "$name" Source) == nib && $(field "$name" Version) == "$version" ]] || fail "$name: wrong source or version"
  dpkg-deb --extract "$name"_*.deb "$work/root"
  for file in copyright changelog.gz changelog.Debian.gz; do
    [[ -s $work/root/usr/share/doc/$name/$file ]] || fail "$name lacks $file"
  done
done
[[ $(field libnib0 Multi-Arch) == same && $(field libnib-dev Multi-Arch) == same ]] || fail 'Multi-Arch is not same'
[[ ", $(field libnib-dev Depends)," == *", libnib0 (= $version),"* ]] || fail 'libnib-dev may have another libnib0'
[[ ", $(field nib Depends)," == *", libnib0 (>= $version),"* ]] || fail 'nib does not depend on libnib0'
[[ $(field libnib0 Depends) =~ lib(gomp1|omp) ]] || fail 'libnib0 does not depend on a library of OpenMP'
dpkg-deb --ctrl-tarfile libnib0_*.deb | tar -xO ./shlibs | sort >"$work/shlibs"
diff "$work/shlibs" - <<<"libnib 0 libnib0 (>= $version)
libnib_infer 0 libnib0 (>= $version)"
! dpkg-deb --ctrl-tarfile libnib0_*.deb | tar -t | grep -E 'inst|rm$' || fail 'libnib0 has scripts'

usr=$work/root/usr
libdir=$(dirname "$(find "$usr" -name libnib.so.0)")
export LD_LIBRARY_PATH=$libdir
readelf -d "$usr/bin/nib" | grep -q 'NEEDED.*libnib\.so\.0' || fail 'the program has a libnib of its own'
! readelf -d "$usr/bin/nib" "$libdir"/*.so | grep -E 'R(UN)?PATH' || fail 'a path of the build'
! grep -rlF -e "$work/" -e "$(cd "$here/../.." && pwd)/" "$usr" || fail 'these name a folder of the build'
"$here/program_test.sh" "$usr" "$work/program"
"$here/pkg_config_test.sh" "$cc" "$usr" "$work/pkg_config"
"$cmake" -D HOW=find_package -D LANGUAGES=C -D TARGETS=train_consumer,infer_consumer,train_consumer_static \
  -D "WORK=$work/consumer" -D "TREE=$usr" -D "OPTIONS=-DCMAKE_C_COMPILER=$cc" -P "$here/consumer_test.cmake"

if command -v lintian >/dev/null; then
  lintian --fail-on error,warning --allow-root ./*.deb
else
  echo 'lintian was not found: the packages were not judged'
fi
