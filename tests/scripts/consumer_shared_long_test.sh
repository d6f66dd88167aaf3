#!/usr/bin/env bash
# A shared build for an older processor (x86-64-v2): holds no later instruction, and works from outside.
# Usage: consumer_shared_long_test.sh FOLDER_OF_THE_SCRIPTS BUILD_FOLDER
set -euo pipefail
CMAKE_GENERATOR=$(sed -n 's/^CMAKE_GENERATOR:INTERNAL=//p' "$2/CMakeCache.txt")
export CMAKE_GENERATOR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake -S "$1/.." -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DXGRAD_ARCH=x86-64-v2 \
  -DXGRAD_TESTS=OFF -DXGRAD_EXAMPLES=OFF -DXGRAD_BENCH=OFF "${launcher[@]}" >"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/build" --parallel 2 >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

for library in "$work"/build/libxgrad_*.so; do
  objdump -d --no-show-raw-insn "$library" >"$work/code"
  later='^(v.*|(andn|bextr|bls.*|mulx|pdep|pext|rorx|sarx|shlx|shrx|movbe)[lq]?)$'
  awk -v later="$later" '$2 ~ later || /%[yz]mm|%k[0-7]/' "$work/code" >"$work/later"
  if [[ $(wc -l <"$work/code") -lt 100 || -s $work/later ]]; then
    echo "FAILED: $(basename "$library") holds instructions beyond x86-64-v2 (or no instructions at all):"
    head -n 20 "$work/later"
    exit 1
  fi
done
bash "$(dirname "${BASH_SOURCE[0]}")/consumer_test.sh" "$1" "$work/build"
