#!/usr/bin/env bash
# scripts/fetch-mnist against file:// folders of small files; nothing touches the network.
# Usage: fetch_mnist_test.sh FOLDER_OF_THE_SCRIPTS
set -euo pipefail
fetch=$1/fetch-mnist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=(train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)

# A source of four small files, and the checksums of their contents.
mkdir "$work/source"
for name in "${names[@]}"; do
  printf 'content of %s' "$name" >"$work/source/$name"
done
(cd "$work/source" && md5sum "${names[@]}" >"$work/md5s" && gzip -n "${names[@]}")

run() {  # run [VARIABLE=VALUE...]: fetches into $work/out; leaves the exit code in $code, the output in $work/log
  code=0
  env XGRAD_MNIST_URL="file://$work/source" XGRAD_MNIST_MD5S="$work/md5s" "$@" \
    bash "$fetch" "$work/out" >"$work/log" 2>&1 </dev/null || code=$?
}
expect() {  # expect WHAT CONDITION...
  local what=$1
  shift
  "$@" && return
  echo "FAILED: $what (exit code $code)"
  echo "--- output"; cat "$work/log"
  echo "--- files"; ls -lA "$work/out" || true
  exit 1
}
said() { grep -qF -- "$1" "$work/log"; }
silent_about() { ! said "$1"; }
holds() { [[ $(cd "$work/out" && echo $(ls -A)) == "$*" ]]; }  # exactly these files, in the order of ls
content() { [[ $(gzip -dc <"$work/out/$1-ubyte.gz") == "content of $1-ubyte" ]]; }
clean() { rm -rf "$work/out"; }
export LC_ALL=C
all=(t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz)

run
expect "right files: exits 0" test $code = 0
expect "right files: all four and nothing else" holds "${all[@]}"
for stem in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
  expect "right files: content of $stem" content $stem
done

rm "$work/out/t10k-labels-idx1-ubyte.gz"
run
expect "a second run: exits 0" test $code = 0
expect "a second run: skips what is there" silent_about "downloading file://$work/source/train-images"
expect "a second run: gets what is missing" said "downloading file://$work/source/t10k-labels"
expect "a second run: all four" holds "${all[@]}"

run XGRAD_MNIST_URL="file://$work/nowhere"
expect "all there: needs no source" test $code = 0

clean
mkdir "$work/out"
gzip -dc "$work/source/train-labels-idx1-ubyte.gz" >"$work/out/train-labels.idx1-ubyte"
run
expect "unpacked and spelled with a dot: taken for what it is" silent_about "downloading file://$work/source/train-labels"

clean
mkdir "$work/out"
printf 'somebody else' >"$work/out/train-images-idx3-ubyte"
run
expect "other content in place: exits 0" test $code = 0
expect "other content in place: set aside, not lost" \
  test "$(cat "$work/out/train-images-idx3-ubyte.other")" = 'somebody else'
expect "other content in place: the right file is there" content train-images-idx3
expect "other content in place: not left under the name" test ! -e "$work/out/train-images-idx3-ubyte"

clean
run XGRAD_MNIST_MD5S=  # the real checksums, which these files do not have
expect "wrong checksum: exits 1" test $code = 1
expect "wrong checksum: says so" said "wrong checksum"
expect "wrong checksum: names the file" said "train-images-idx3-ubyte.gz"
expect "wrong checksum: names the expected one" said 6bbc9ace898e44ae57da46a324031adb
expect "wrong checksum: leaves nothing" holds

clean
sed 's/^[0-9a-f]*\( *t10k-labels\)/00000000000000000000000000000000\1/' "$work/md5s" >"$work/last_wrong"
run XGRAD_MNIST_MD5S="$work/last_wrong"
expect "the last file is wrong: exits 1" test $code = 1
expect "the last file is wrong: the others stay" \
  holds t10k-images-idx3-ubyte.gz train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz

clean
cp -r "$work/source" "$work/damaged"
head -c 20 "$work/source/train-images-idx3-ubyte.gz" >"$work/damaged/train-images-idx3-ubyte.gz"
run XGRAD_MNIST_URL="file://$work/damaged"
expect "half a download: exits 1" test $code = 1
expect "half a download: leaves nothing" holds

run XGRAD_MNIST_URL="file://$work/nowhere"
expect "no such source: exits 1" test $code = 1
expect "no such source: says so" said "cannot be downloaded"
expect "no such source: leaves nothing" holds

run XGRAD_MNIST_MD5S="$work/nowhere"
expect "no such list of checksums: exits 1" test $code = 1
head -n 1 "$work/md5s" >"$work/short"
run XGRAD_MNIST_MD5S="$work/short"
expect "a list that lacks a file: exits 1" test $code = 1
expect "a list that lacks a file: names it" said "no checksum for train-labels-idx1-ubyte"

echo "fetch-mnist: all as expected"
