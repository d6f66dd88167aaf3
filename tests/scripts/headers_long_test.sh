#!/usr/bin/env bash
# Each public header compiles alone. Usage: headers_long_test.sh FOLDER_OF_THE_SCRIPTS
set -euo pipefail
cd "$1/.."
failed=0 count=0
while read -r header; do
  count=$((count + 1))
  echo "#include \"$header\"" | "${CXX:-c++}" -std=c++20 -fsyntax-only -Wall -Wextra -I. -x c++ - || {
    echo "FAILED: $header does not compile alone"
    failed=$((failed + 1))
  }
done < <(find tensor autograd nn optim data train xgrad.hpp -name '*.hpp' \
              -not -path '*/detail/*' -not -path '*/kernels/*' -not -path '*/internal/*' | sort)
echo "$count headers, $failed failed"
[[ $failed == 0 ]]
