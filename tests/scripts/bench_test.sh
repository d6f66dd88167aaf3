#!/usr/bin/env bash
# scripts/bench with programs that print figures made up for the test, instead of building and timing anything.
# Usage: bench_test.sh FOLDER_OF_THE_SCRIPTS
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
programs=$work/build/release/bench
mkdir -p "$work/scripts" "$work/bench" "$programs"
cp "$1/bench" "$work/scripts/"
cp "$1/../bench/summary.awk" "$work/bench/"
bash=$(command -v bash)
fake() {  # fake FILE BODY
  printf '#!%s\n%s\n' "$bash" "$2" >"$1"
  chmod +x "$1"
}
fake "$work/scripts/install-deps" 'echo "install-deps $*" >>"$WORK/calls"'
fake "$work/scripts/build" 'echo "build $*" >>"$WORK/calls"'

run() {  # run [option...]: leaves the exit code in $code, the output in log
  : >"$work/calls"
  code=0
  env WORK="$work" OPENBLAS_CORETYPE=Prescott OPENBLAS_L2_SIZE=1 OMP_NUM_THREADS=7 \
    bash "$work/scripts/bench" "$@" >"$work/log" 2>&1 </dev/null || code=$?
}
expect() {  # expect WHAT CONDITION...
  local what=$1
  shift
  "$@" && return
  echo "FAILED: $what (exit code $code)"
  echo "--- output"; cat "$work/log"
  echo "--- calls"; cat "$work/calls"
  exit 1
}
said() { grep -qE -- "$1" "$work/log"; }
called() { grep -qE -- "$1" "$work/calls"; }
not() { ! "$@"; }
csv_is() { [[ $(cat "$work/out.csv") == "$1" ]]; }

# Takes --workload, --threads; the n-th call of a kind prints the n-th of its times.
program='
[[ $* == *--list* ]] && { echo tiny; echo large; exit; }
[[ -z ${OPENBLAS_CORETYPE-}${OPENBLAS_L2_SIZE-} ]] || { echo "settings of the caller came through"; exit 1; }
while (($#)); do case $1 in --workload) w=$2; shift ;; --threads) t=$2; shift ;; esac; shift; done
echo "$NAME $w $t ${OMP_NUM_THREADS-} ${OPENBLAS_NUM_THREADS-} ${OMP_WAIT_POLICY-}" >>"$WORK/calls"
time=$(times "$w" "$t")
echo "program=$NAME version=1 workload=$w threads=$t median_us=$time loss=0.5" \
  "peak_rss_kib=2048 faults_per_step=0 allocations_per_step=3 blas=OpenBLAS-0 core=Fast"'
fake "$programs/step_bench" 'NAME=xgrad
times() { n=$(grep -c "^xgrad $1 $2 " "$WORK/calls"); case $n in 1) echo 2.5 ;; 2) echo 2 ;; *) echo 90 ;; esac; }'"$program"
fake "$programs/peer_libtorch" 'NAME=libtorch
times() {
  case $1,$2,${OPENBLAS_NUM_THREADS-},${OMP_WAIT_POLICY-} in
    *,1,1,) echo 50 ;;                 # one thread
    large,2,,) echo 40 ;;              # plain
    large,2,1,) echo 25 ;;             # the best for large
    large,2,,PASSIVE) echo 30 ;;
    *) echo 100 ;;
  esac
}'"$program"

run --runs 3 --csv "$work/out.csv"
expect "with libtorch: exits 0" test $code = 0
expect "with libtorch: installs what is needed for it" called '^install-deps --bench$'
expect "with libtorch: builds" called '^build benchmarks$'
expect "the median of the runs, and the ratio to libtorch's best setting, which may be one thread" \
  csv_is 'workload,threads,xgrad_us,libtorch_us,ratio
tiny,1,2.500,50.0,20.00
tiny,2,2.500,50.0,20.00
large,1,2.500,50.0,20.00
large,2,2.500,25.0,10.00'
expect "the table says the setting" said '^large +2 +2\.500 +25\.0 +10\.00 .* openblas_1_thread$'
expect "core names and versions are printed" said '^libtorch 1, OpenBLAS-0 core Fast$'
expect "libtorch gets as many threads as xgrad" not called '^libtorch [a-z]+ 2 [^2]'

run --runs 2 --workload large --csv "$work/out.csv"
expect "one workload alone: exits 0" test $code = 0
expect "of two runs, the middle" csv_is 'workload,threads,xgrad_us,libtorch_us,ratio
large,1,2.250,50.0,22.22
large,2,2.250,25.0,11.11'

sed -i 's/loss=0.5/loss=0.6/' "$programs/peer_libtorch"
run --runs 1
expect "other losses: exits 1" test $code = 1
expect "other losses: says so" said 'tiny: the loss after 10 steps is 0.5 in xgrad and 0.6 in libtorch'

rm "$programs/peer_libtorch"
run --runs 1 --csv "$work/out.csv"
expect "without libtorch: exits 1" test $code = 1
expect "without libtorch: names the package" said 'libtorch-dev'
expect "without libtorch: its columns stay empty" csv_is 'workload,threads,xgrad_us,libtorch_us,ratio
tiny,1,2.500,,
tiny,2,2.500,,
large,1,2.500,,
large,2,2.500,,'

run --smoke
expect "smoke without libtorch: exits 0" test $code = 0
expect "smoke: runs with one thread and with two" called '^xgrad large 2 '
expect "smoke: installs nothing for benchmarks" not called 'install-deps --bench'
fake "$programs/step_bench" 'exit 3'
run --smoke --workload tiny
expect "smoke: a program that fails is an error" test $code != 0
run --runs 1 --workload tiny
expect "a program that fails is an error" test $code != 0

run --runs none
expect "a wrong number of runs: exits 2" test $code = 2
run --no-such-option
expect "an unknown option: exits 2" test $code = 2

echo "bench: all as expected"
