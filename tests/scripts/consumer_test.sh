#!/usr/bin/env bash
# xgrad as a project outside sees it: installed, moved to another folder, found by find_package, and used by
# tests/consumer, which is compiled for plain x86-64 with warnings as errors, by g++ and by clang++.
# Usage: consumer_test.sh FOLDER_OF_THE_SCRIPTS BUILD_FOLDER
#   XGRAD_REQUIRE_CLANG=1   fail where there is no clang++; otherwise that half is skipped
set -euo pipefail
source_folder=$(cd "$1/.." && pwd)
build=$(cd "$2" && pwd)
CMAKE_GENERATOR=$(sed -n 's/^CMAKE_GENERATOR:INTERNAL=//p' "$build/CMakeCache.txt")  # the one that is installed
export CMAKE_GENERATOR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $1"
  exit 1
}

cmake --install "$build" --prefix "$work/first" >"$work/log" || { cat "$work/log"; fail "the installation"; }
prefix=$work/moved
mv "$work/first" "$prefix"
package=$(dirname "$(find "$prefix" -name xgradConfig.cmake)")
libraries=$(dirname "$(dirname "$package")")
for path in "$source_folder" "$build" "$work/first"; do
  if grep -rnF -- "$path" "$package" "$prefix/include"; then fail "what is installed names $path"; fi
done
grep -q 'set(xgrad_SANITIZE "..*")' "$package/xgradConfig.cmake" && sanitized=1 || sanitized=0

# Functions compiled for xgrad's instruction set that the linker could take for a program's own.
if ((!sanitized)); then
  for library in "$libraries"/libxgrad_*.{a,so}; do
    case $library in
      *\**) ;;  # the other kind
      *.so) nm -D --defined-only "$library" ;;
      *.a) nm --defined-only "$library" ;;
    esac
  done >"$work/symbols"
  [[ -s $work/symbols ]] || fail "no libraries in $libraries"
  if awk '$2 ~ /^[TWi]$/ && $3 !~ /^_Z(T[hv][0-9n_]*_)?NK?5xgrad/ { print $3 }' "$work/symbols" | c++filt | grep .; then
    fail "these functions outside the namespace xgrad are visible"
  fi
fi

seconds() {  # processor seconds of a command: other jobs on the machine do not count
  local TIMEFORMAT='%U %S'
  { time "$@"; } 2>&1 | awk 'END { print $1 + $2 }'
}

check() {  # check COMPILER: builds and runs the consumer
  local out=$work/$1
  echo "--- $("$1" --version | head -n 1)"
  cmake -S "$source_folder/tests/consumer" -B "$out" -DCMAKE_CXX_COMPILER="$1" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_BUILD_TYPE=Release >"$out.log" 2>&1 || { cat "$out.log"; fail "$1: find_package or what follows"; }
  cmake --build "$out" --parallel 2 >"$out.log" 2>&1 || { cat "$out.log"; fail "$1: the build"; }
  ctest --test-dir "$out" --output-on-failure >"$out.log" 2>&1 || { cat "$out.log"; fail "$1: the programs"; }
  tail -n 1 "$out.log"
  local took mlp=$source_folder/tests/consumer/mlp.cpp
  took=$(seconds "$1" -std=c++20 -O2 -I"$prefix/include/xgrad" -c "$mlp" -o "$out/mlp.o")
  echo "mlp.cpp compiles in $took s"
  awk -v took="$took" 'BEGIN { exit !(took < 3) }' || fail "$1: mlp.cpp takes $took s to compile, more than 3"
}

find_compiler() {  # the first of these that is there
  local name
  for name; do command -v "$name" && return; done
  return 1
}
gcc=$(find_compiler g++-12 g++) || fail "there is no g++"
check "$(basename "$gcc")"
if ((sanitized)); then
  echo "clang++ is left out: its sanitizers are not those that g++ built the library with"
elif clang=$(find_compiler clang++-14 clang++); then
  check "$(basename "$clang")"
elif [[ ${XGRAD_REQUIRE_CLANG:-} == 1 ]]; then
  fail "there is no clang++, and XGRAD_REQUIRE_CLANG asks for it"
else
  echo "SKIPPED: THERE IS NO clang++, so nothing was tested with it"
fi
