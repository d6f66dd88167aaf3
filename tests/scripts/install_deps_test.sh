#!/usr/bin/env bash
# scripts/install-deps against a dpkg-query, apt-get, sudo and id that only write down what they are asked.
# Usage: install_deps_test.sh FOLDER_OF_THE_SCRIPTS
set -euo pipefail
install_deps=$1/install-deps
bash=$(command -v bash)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"

# Only what the script may use, so that nothing real is reached.
for tool in env grep cat; do ln -s "$(command -v "$tool")" "$work/bin/$tool"; done
fake() {  # fake NAME BODY
  printf '#!%s\n%s\n' "$bash" "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
options=()
run() {  # run [VARIABLE=VALUE...]: leaves the exit code in $code, output in out, the calls of apt-get in calls
  : >"$work/calls"
  code=0
  env -i PATH="$work/bin" WORK="$work" "$@" "$bash" "$install_deps" "${options[@]}" >"$work/out" 2>&1 </dev/null ||
    code=$?
}
expect() {  # expect WHAT CONDITION...
  local what=$1
  shift
  "$@" && return
  echo "FAILED: $what (exit code $code)"
  echo "--- output"; cat "$work/out"
  echo "--- calls"; cat "$work/calls"
  exit 1
}
said() { grep -qF -- "$1" "$work/out"; }
called() { grep -qE -- "$1" "$work/calls"; }

everything='shift 2; for p; do echo "installed $p"; done'
some='shift 2; for p; do case $p in libtbb-dev) ;; cmake) echo "config-files $p" ;; *) echo "installed $p" ;; esac; done; exit 1'

fake dpkg-query "$everything"
fake apt-get 'echo "apt-get $DEBIAN_FRONTEND $*" >>"$WORK/calls"'
fake id 'echo 0'
run
expect "nothing missing: exits 0" test $code = 0
expect "nothing missing: silent" test ! -s "$work/out"
expect "nothing missing: does not call apt-get" test ! -s "$work/calls"

fake dpkg-query 'shift 2; for p; do case $p in libtorch-dev) ;; *) echo "installed $p" ;; esac; done; exit 1'
run
expect "without --bench: nothing for benchmarks" test ! -s "$work/calls"
options=(--bench)
run
expect "--bench: installs what is missing for them" called '^apt-get .*install .* libtorch-dev$'
options=(--tests --bench)
run
expect "two options at once" called '^apt-get .*install .* libtorch-dev$'
options=(--no-such)
run
expect "an unknown option: exits 2" test $code = 2
options=()

fake dpkg-query "$some"
run
expect "as root: exits 0" test $code = 0
expect "as root: renews the lists" called '^apt-get noninteractive .*update$'
expect "as root: installs what is missing and nothing else" \
  called '^apt-get noninteractive .*install -y --no-install-recommends cmake libtbb-dev$'

fake id 'echo 1000'
run
expect "no root, no sudo: exits 1" test $code = 1
expect "no root, no sudo: names what to install" said 'apt-get install --no-install-recommends cmake libtbb-dev'
expect "no root, no sudo: does not call apt-get" test ! -s "$work/calls"

fake sudo 'echo "sudo $1" >>"$WORK/calls"; shift; exec "$@"'
run
expect "with sudo: exits 0" test $code = 0
expect "with sudo: never asks for a password without a terminal" called '^sudo -n$'
expect "with sudo: installs" called '^apt-get noninteractive .*install .* cmake libtbb-dev$'

fake apt-get 'case $* in *update*) exit 100 ;; esac; echo "apt-get $*" >>"$WORK/calls"'
run
expect "lists cannot be renewed: still tries" called '^apt-get .*install .* cmake libtbb-dev$'
expect "lists cannot be renewed: exits 0" test $code = 0

fake apt-get 'exit 100'
run
expect "the installation fails: exits 1" test $code = 1
expect "the installation fails: names what to install" said 'apt-get install --no-install-recommends cmake libtbb-dev'

rm "$work/bin/apt-get"
run
expect "no apt-get: exits 1" test $code = 1
expect "no apt-get: names what to install" said 'cmake libtbb-dev'

rm "$work/bin/dpkg-query"
run
expect "not Debian: exits 1" test $code = 1
expect "not Debian: names everything" said 'libxtensor-dev'
run XGRAD_SKIP_DEPS=1
expect "XGRAD_SKIP_DEPS: exits 0" test $code = 0
expect "XGRAD_SKIP_DEPS: silent" test ! -s "$work/out"

echo "install-deps: all as expected"
