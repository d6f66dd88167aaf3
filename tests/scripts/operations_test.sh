#!/usr/bin/env bash
# Every operation that autograd/ops declares has a row in the enumerating tests (tests/operations/row.hpp), whose name
# begins with the operation's.
# Usage: operations_test.sh FOLDER_OF_THE_SCRIPTS
set -euo pipefail
cd "$1/.."
declared=$(sed -nE 's/^(inline )?(Tensor|ValuesAndIndices|std::vector<Tensor>|std::pair<Tensor, Tensor>|[A-Z][A-Za-z]*) ([a-z][a-z0-9_]*)\(.*/\3/p' autograd/ops/*.hpp | sort -u |
  grep -vxE 'as_indices|beside')  # these make arrays: parts of operations
rows=$(sed -nE 's/^.*[ ({]"([a-z][a-z0-9_]*)([, ][^":]*)?",.*$/\1/p' tests/*/*_ops_test.cpp | sort -u)
missing=$(comm -23 <(echo "$declared") <(echo "$rows"))
echo "$(wc -l <<<"$declared") operations, $(wc -l <<<"$rows") names of rows"
[[ $(wc -l <<<"$declared") -gt 150 ]] || { echo "FAILED: so few were found in the headers?"; exit 1; }
[[ -z $missing ]] || { echo "FAILED: no row for:"; echo "$missing"; exit 1; }
