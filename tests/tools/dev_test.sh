#!/usr/bin/env bash
# dev_test.sh ROOT WORK: tools/dev shows on a terminal how far a build is, and nothing of it in a log; a build that fails is
# shown whole. "train" builds the program alone, and "test-mpi" adds up the counts of the engines. "package" leaves no
# package but the new ones. The build is a stub.
set -euo pipefail
root=$1 work=$2
command -v script >/dev/null || { echo "skipped: there is no script, which makes a terminal"; exit 77; }
rm -rf "$work"
mkdir -p "$work/tools" "$work/stubs"
cd "$work"
cp "$root/tools/dev" tools/
cat >stubs/cmake <<'END'
#!/bin/sh
echo "$*" >>calls
[ "$1" = --build ] || exit 0
echo '[1/12] Building CXX object a.o'
echo 'a.cpp: warning: of the stub'
echo '[12/12] Linking CXX executable b'
exit "${STUB_STATUS:-0}"
END
for stub in c++ ninja; do printf '#!/bin/sh\n' >"stubs/$stub"; done
printf '#!/bin/sh\necho installed\n' >stubs/dpkg-query
chmod +x stubs/*
export PATH=$work/stubs:$PATH TERM=xterm
fail() { echo "$1"; cat out; exit 1; }

tools/dev build >out 2>&1 || fail 'the build fails'
! grep -qF '[1/12]' out || fail 'a log has the progress'
grep -q 'warning: of the stub' out || fail 'a log lacks the warning'
! STUB_STATUS=3 tools/dev build >out 2>&1 || fail 'a build that fails has status 0'
grep -qF '[1/12] Building' out || fail 'a build that fails is not shown'

script -qec 'tools/dev build' /dev/null >out </dev/null || fail 'the build fails on a terminal'
grep -qF $'\r[1/12]\033[K\r[12/12]\033[K\r\033[K' out || fail 'a terminal does not show the progress in one line'
grep -q 'warning: of the stub' out || fail 'a terminal lacks the warning'
TERM=dumb script -qec 'tools/dev build' /dev/null >out </dev/null || fail 'the build fails on a dumb terminal'
! grep -qF '[1/12]' out || fail 'a dumb terminal has the progress'
! STUB_STATUS=3 script -qec 'tools/dev build' /dev/null >out </dev/null || fail 'a build that fails on a terminal has status 0'
grep -q 'a.cpp: warning' out || fail 'a build that fails on a terminal is not shown'

# Python's packages are downloaded. Without a network the tests are skipped; any other failure names the packages.
cat >stubs/python3 <<'END'
#!/bin/sh
[ "$2" = venv ] || exit 0
mkdir -p "$3/bin"
printf '#!/bin/sh\necho "$STUB_PIP" >&2\nexit 1\n' >"$3/bin/python"
chmod +x "$3/bin/python"
END
chmod +x stubs/python3
mkdir tools/python
cp "$root/tools/python/requirements.txt" tools/python/
! STUB_PIP='no such version' tools/dev test-python >out 2>&1 || fail 'test-python passes without its packages'
grep -q '^no such version$' out || fail "pip's message is not shown"
grep -q '^tools/dev: could not install all of .*numpy.*pytest' out || fail 'the packages are not named'
STUB_PIP="connection broken by 'NewConnectionError" tools/dev test-python >out 2>&1 || fail 'test-python fails without a network'
grep -q '^skipped: the packages .*requirements.txt could not be downloaded$' out || fail 'nothing says why test-python is skipped'
[[ $(tail -n 1 out) == '0 passed, 0 failed, 1 skipped' ]] || fail 'a skipped test-python is not counted'

rm calls
! tools/dev train >out 2>&1 || fail 'there is a program'
grep -q '^--build build .*--target nib_program$' calls || fail 'train builds something else'

cat >stubs/ctest <<'END'
#!/bin/sh
echo "$*" >>calls
while [ "$1" != --output-junit ]; do shift; done
printf '<testcase name="a" status="run">\n<testcase name="b" status="notrun">\n' >"$2"
printf '<skipped message="SKIP_RETURN_CODE=77"/>\n%s\n' "$STUB_RESULT" >>"$2"
END
for stub in mpicc.openmpi mpiexec.openmpi mpicc.mpich mpiexec.mpich; do printf '#!/bin/sh\n' >"stubs/$stub"; done
chmod +x stubs/*
rm calls
tools/dev test-mpi >out 2>&1 || fail 'test-mpi fails'
[[ $(tail -n 1 out) == '2 passed, 0 failed, 2 skipped' ]] || fail 'the counts of two engines are not added up'
grep -q '^--build build .*--target nib_program nib_mpi_program' calls || fail 'test-mpi builds something else'
[[ $(grep -cF -- '-L ^mpi$ -LE ^long$' calls) -eq 2 ]] || fail 'test-mpi runs other tests'
rm calls
! STUB_RESULT='<testcase name="c" status="fail">' tools/dev test-mpi --long openmpi >out 2>&1 || fail 'a failed test has status 0'
[[ $(tail -n 1 out) == '1 passed, 1 failed, 1 skipped' ]] || fail 'a failed test is not counted'
! grep -q -- '-LE\|mpich' calls || fail 'test-mpi --long openmpi runs other tests'
! tools/dev test-mpi lam >out 2>&1 || fail 'an unknown engine has status 0'

cat >stubs/cpack <<'END'
#!/bin/sh
echo "cpack $* $SOURCE_DATE_EPOCH"
touch build-package/new.deb
exit "${STUB_STATUS:-0}"
END
chmod +x stubs/cpack
ln -s "$(command -v true)" stubs/dpkg-deb
mkdir -p build-package
touch build-package/old.deb
SOURCE_DATE_EPOCH=5 tools/dev package >out 2>&1 || fail 'package fails'
[[ $(tail -n 1 out) == build-package/new.deb && ! -e build-package/old.deb ]] || fail 'package leaves an old package'
grep -qx 'cpack --preset package 5' build-package/package.log || fail 'package does not hand on the time'
rm stubs/cpack
! tools/dev package >out 2>&1 || fail 'package without packages has status 0'
