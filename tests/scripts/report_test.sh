#!/usr/bin/env bash
# The page of a run, of all pictures, is opened in headless Chromium; and that of a folder whose texts and pictures try to
# run scripts and to load things. tests/browser/check_page.py says what is checked.
# Usage: report_test.sh FOLDER_OF_THE_SCRIPTS BUILD_FOLDER [FOLDER_FOR_SCREENSHOTS]
set -euo pipefail
skip() { echo "SKIPPED: $1"; exit 77; }
program=$2/examples/pictures
[[ -x $program ]] || skip "the examples are not built"
command -v gnuplot >/dev/null || skip "there is no gnuplot; on Debian: apt-get install gnuplot-nox"
command -v python3 >/dev/null || skip "there is no python3"
shots=()
[[ $# -lt 3 ]] || { mkdir -p "$3"; shots=(--shots "$3"); }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program" --out "$work/run" --images 600 --epochs 3
python3 "$1/../tests/browser/check_page.py" "${shots[@]}" --images 1 --reporter "$program" "$work/run/report.html"
pictures=$(find "$work/run" -name '*.svg' | wc -l)
shown=$(grep -o '<img ' "$work/run/report.html" | wc -l)
[[ $pictures == "$shown" && $pictures -ge 14 ]] || { echo "FAILED: $pictures pictures, $shown of them on the page"; exit 1; }
echo "report: as expected"
