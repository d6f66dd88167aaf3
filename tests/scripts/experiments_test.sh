#!/usr/bin/env bash
# The tables of docs/experiments.md are those of the files beside it, and the pictures that it shows are there.
# Usage: experiments_test.sh FOLDER_OF_THE_SCRIPTS
set -euo pipefail
scripts=$(cd "$1" && pwd)
docs=$(cd "$1/../docs" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed() { echo "FAILED: $*"; exit 1; }

cp -r "$docs/experiments.md" "$docs/experiments" "$work/"
"$scripts/experiments" --tables "$work/experiments.md"
diff -u "$docs/experiments.md" "$work/experiments.md" ||
  failed "docs/experiments.md does not say what its files say; scripts/experiments --tables mends that"
grep -q '^<!-- experiments/' "$docs/experiments.md" || failed "docs/experiments.md has no tables"
pictures=0
while read -r picture; do
  [[ -s $docs/$picture ]] || failed "$picture is not there"
  (($(stat -c %s "$docs/$picture") < 150000)) || failed "$picture is too large"
  pictures=$((pictures + 1))
done < <(grep -oE '\]\(experiments/[^)]*\.(svg|png)\)' "$docs/experiments.md" | sed 's/^](//; s/)$//')
((pictures > 0)) || failed "docs/experiments.md shows no pictures"

# What a table is made of
mkdir "$work/t" "$work/t/experiments"
printf 'a b,n,x\n"u, v",3,0.12345\nw,,1e-07\n' >"$work/t/experiments/t.csv"
make() {  # make DOCUMENT
  printf '%b' "$1" >"$work/t/t.md"
  "$scripts/experiments" --tables "$work/t/t.md" 2>"$work/said"
}
make 'Before\n\n<!-- experiments/t.csv: n; a b; x %.3g -->\n\n| old |\n|---|\n| 7 |\n\nAfter\n' || failed "exit code $?"
[[ $(<"$work/t/t.md") == 'Before

<!-- experiments/t.csv: n; a b; x %.3g -->

| n | a b | x |
|--:|---|--:|
| 3 | u, v | 0.123 |
| - | w | 1e-07 |

After' ]] || failed "made: $(<"$work/t/t.md")"
before=$(<"$work/t/t.md")
fails() {  # fails DOCUMENT WHAT_IT_SAYS: and leaves the document as it is
  ! make "$1" || failed "took $1"
  grep -q "$2" "$work/said" || failed "said $(<"$work/said") of $1"
  [[ $(<"$work/t/t.md") == "$(printf '%b' "$1")" ]] || failed "changed a document that it cannot do"
}
fails '<!-- experiments/t.csv: c -->\n' 'has no column c'
fails '<!-- experiments/u.csv: c -->\n' 'cannot read experiments/u.csv'
fails '| typed |\n|---|\n' 'a table without a comment'
echo "as in the files: $pictures pictures"
