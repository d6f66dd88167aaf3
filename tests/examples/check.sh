#!/usr/bin/env bash
# Runs a study and checks what it leaves: tables with header, number of rows and finite numbers, pictures that are
# pictures, the page.
# Usage: check.sh PROGRAM EXPECTED quick|default
#
# EXPECTED, tests/examples/<name>.expect, has a line for each of these:
#   arguments ARGUMENT...                     of the quick run; the default run has none
#   table FILE ROWS_QUICK ROWS_DEFAULT HEADER a column whose name ends in "?" here may have empty cells; one that ends in
#                                             "~" holds texts, though some may look like numbers
#   picture FILE                              .svg or .png
set -euo pipefail
program=$1 expected=$2 kind=$3
command -v gnuplot >/dev/null || { echo "SKIPPED: gnuplot is not installed (Debian: gnuplot-nox)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out

failed() { echo "FAILED: $*"; ls -l "$out" 2>/dev/null; exit 1; }

"$program" --help >"$work/help"
for option in --full --seed --repeat --out; do
  grep -q -- "$option" "$work/help" || failed "--help does not tell of $option"
done
if grep -q -- --data "$work/help" && "$program" --full --out "$out" >/dev/null 2>&1; then
  failed "--full without --data was accepted"
fi
[[ ! -e $out ]] || failed "a refused run left something"

arguments=()
[[ $kind == default ]] || read -ra arguments < <(sed -n 's/^arguments //p' "$expected")
"$program" "${arguments[@]}" --out "$out" || failed "exit code $?"

check_table() {  # check_table FILE ROWS HEADER
  awk -v rows="$2" -v header="$3" '
    function cells(line,   n, i, c, quoted, cell) {  # into cell_of
      n = 0; cell = ""; quoted = 0
      for (i = 1; i <= length(line); ++i) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) { cell_of[++n] = cell; cell = "" }
        else cell = cell c
      }
      cell_of[++n] = cell
      return n
    }
    function is_number(x) { return x ~ /^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$/ }
    function bad(what) { printf "%s: %s\n", FILENAME, what; wrong = 1; exit }
    BEGIN {
      columns = cells(header)
      for (i = 1; i <= columns; ++i) { maybe[i] = sub(/\?$/, "", cell_of[i]); text[i] = sub(/~$/, "", cell_of[i]); name[i] = cell_of[i] }
    }
    NR == 1 {
      if (cells($0) != columns) bad("header: " $0)
      for (i = 1; i <= columns; ++i) if (cell_of[i] != name[i]) bad("column " i " is called " cell_of[i])
      next
    }
    {
      if (cells($0) != columns) bad("cells in line " NR)
      for (i = 1; i <= columns; ++i) {
        if (cell_of[i] == "" && !maybe[i]) bad("line " NR ", " name[i] " is empty")
        if (tolower(cell_of[i]) ~ /^[-+]?(nan|inf(inity)?)$/) bad("line " NR ", " name[i] " is " cell_of[i])
        if (NR == 2) number[i] = !text[i] && is_number(cell_of[i])
        else if (number[i] && !is_number(cell_of[i]) && !maybe[i]) bad("line " NR ", " name[i] " is no number: " cell_of[i])
      }
    }
    END { if (!wrong && NR - 1 != rows) bad(NR - 1 " rows; expected " rows); exit wrong }' "$out/$1" || failed "table $1"
}

check_picture() {
  [[ -s $out/$1 ]] || failed "picture $1 is missing or empty"
  case $1 in
    *.svg) grep -q '<svg' "$out/$1" && grep -q '</svg>' "$out/$1" ;;
    *.png) [[ $(head -c 4 "$out/$1" | od -An -tx1 | tr -d ' ') == 89504e47 ]] ;;
  esac || failed "$1 is no picture"
}

tables=0
while read -r what file quick default header; do
  case $what in
    table) check_table "$file" "$([[ $kind == quick ]] && echo "$quick" || echo "$default")" "$header"; tables=$((tables + 1)) ;;
    picture) check_picture "$file" ;;
  esac
done <"$expected"
((tables > 0)) || failed "$expected names no table"
grep -q '</html>' "$out/report.html" || failed "report.html is no page"
echo "as expected: $tables tables"
