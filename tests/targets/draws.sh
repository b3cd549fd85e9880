#!/usr/bin/env bash
# The draws and schedules of training have the same bits with this machine's C library and with newlib, whose sin, cos,
# log, exp and pow differ, on a Cortex-M7 without double precision in hardware.
#   draws.sh
# Ends with 77 if the target's compiler or emulator is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
for program in arm-none-eabi-g++ qemu-system-arm; do
  command -v "$program" >/dev/null || { echo "skipped: $program is not installed" && exit 77; }
done
if ! echo '#include <bit>' | arm-none-eabi-g++ -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; then
  echo "skipped: arm-none-eabi-g++ has no C++ library" && exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
options=(-std=c++20 -O2 -ffp-contract=off -I "$root/src" -I "$root/include" "$here/draws.cpp" "$root/src/random/mt19937.cpp"
  "$root/src/random/distributions.cpp" "$root/src/random/multinomial.cpp" "$root/src/optim/learning_rate.cpp")

c++ "${options[@]}" -o "$folder/host"
"$folder/host" >"$folder/expected"
machine=(-mthumb -mfloat-abi=hard -mcpu=cortex-m7 -mfpu=fpv5-sp-d16 --specs=nano.specs -ffunction-sections -fdata-sections)
arm-none-eabi-gcc "${machine[@]}" -Os -c "$here/mps2/start.c" -o "$folder/start.o"
arm-none-eabi-g++ "${machine[@]}" -nostartfiles -fno-exceptions -fno-rtti -Wl,--gc-sections -T "$here/mps2/mps2.ld" \
  "${options[@]}" "$folder/start.o" -lm -o "$folder/program"
qemu-system-arm -M mps2-an500 -nographic -monitor none -serial null -chardev stdio,id=s0 -kernel "$folder/program" \
  -semihosting-config enable=on,target=native,chardev=s0,arg=program </dev/null | sed '/^stack: /d' >"$folder/printed"
diff "$folder/expected" "$folder/printed"
echo "draws and schedules: $(cat "$folder/printed") here and with newlib"
