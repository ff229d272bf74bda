#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# kernels/measure/run_on_gpu.sh with made-up tools: what it builds, runs and leaves, and how it
# fails. Nothing real is compiled. Argument: the root of the source tree.
set -euo pipefail

readonly source_root="$1"
sandbox="$(mktemp -d)"
readonly sandbox
trap 'rm -rf "$sandbox"' EXIT
readonly tree="$sandbox/tree" bin="$sandbox/bin" log="$sandbox/log" out="$sandbox/out"
failures=0

# tool NAME BODY: an executable that logs its call and then runs BODY.
tool() {
  printf '#!/bin/bash\necho "%s $*" >>"%s"\n%s\n' "$1" "$log" "$2" >"$bin/$1"
  chmod +x "$bin/$1"
}

# The program that cmake "builds": two kernels, of which $bad_kernel fails and $unfit_kernel is not
# for this card; writes its records.
program_body() {
  cat <<'BODY'
for argument in "$@"; do
  case "$previous" in
    --output) echo '{"schema": "olivine.measure/1"}' >"$argument" ;;
    --kernels)
      [[ "$argument" != "$bad_kernel" ]] || { echo "c[0][0] = 1, must be 2"; exit 1; }
      [[ "$argument" != "$unfit_kernel" ]] || echo "$argument was not checked: it does not run"
      ;;
  esac
  [[ "$argument" != --list-kernels ]] || printf 'gemm_a\ngemm_b\n'
  previous="$argument"
done
BODY
}

make_sandbox() {
  rm -rf "$tree" "$bin" "$out"
  mkdir -p "$tree/kernels/measure" "$bin"
  cp "$source_root/kernels/measure/run_on_gpu.sh" "$tree/kernels/measure/"
  : >"$log"
  local name
  for name in bash dirname readlink sed head tail cut cat mkdir rm tee sort find xargs timeout \
    nproc paste printf chmod grep; do
    ln -s "$(command -v "$name")" "$bin/$name"
  done
  tool nvidia-smi "[[ \$1 == -q ]] && echo state || echo '${1:-9.0}'"
  tool nvcc ''
  { printf '#!/bin/bash\necho "program $*" >>"%s"\n' "$log"; program_body; } >"$sandbox/program"
  tool cmake "mkdir -p '$tree/build/measure/kernels/measure'
echo 'ptxas info: Used 40 registers' >'$tree/build/measure/kernels/a.o.ptxas'
cp '$sandbox/program' '$tree/build/measure/kernels/measure/olivine_measure'
chmod +x '$tree/build/measure/kernels/measure/olivine_measure'"
  ln -s "$(command -v cp)" "$bin/cp"
}

# Runs the script with nothing but the made-up tools; its status in $status, its text in $text.
run() {
  status=0
  text="$(PATH="$bin" bad_kernel="${bad_kernel:-}" unfit_kernel="${unfit_kernel:-}" previous='' \
    bash "$tree/kernels/measure/run_on_gpu.sh" "$@" 2>&1)" || status=$?
}

# expect WHAT CONDITION...
expect() {
  local what="$1"
  shift
  if ! "$@"; then
    echo "FAILED: $what (status $status)"
    printf '%s\n' "$text" | sed 's/^/    /'
    failures=$((failures + 1))
  fi
}
has_line() { grep -q -- "$2" "$1"; }
lacks_line() { ! grep -q -- "$2" "$1"; }
has_status() { [[ "$status" == "$1" ]]; }
says() { [[ "$text" == *"$1"* ]]; }

make_sandbox
run "$out" --seed 7
expect "all is well" has_status 0
for file in log.txt checks.txt acceptance.json micro.json networks.json ptxas.txt nvidia_smi.txt; do
  expect "leaves $file" test -s "$out/$file"
done
expect "leaves at most 8 files" test "$(find "$out" -type f | wc -l)" -le 8
expect "builds the measuring program alone" has_line "$log" '-DOLV_MEASURE_ONLY=ON'
expect "builds for the card" has_line "$log" '-DOLV_CUDA_ARCHITECTURES=90a-real'
expect "checks a kernel alone" has_line "$log" 'program --check-only --kernels gemm_b --gemm'
expect "passes options on" has_line "$log" '--quick --output .*acceptance.json --seed 7'
expect "leaves out no kernel" lacks_line "$log" '--exclude'
expect "says what is missing" has_line "$out/checks.txt" 'SKIPPED (no compute-sanitizer)'
expect "has the compiler's report" has_line "$out/ptxas.txt" 'Used 40 registers'

make_sandbox
tool compute-sanitizer 'echo "ERROR SUMMARY: 0 errors"'
bad_kernel=gemm_b run "$out"
expect "a wrong kernel is a failure" has_status 1
expect "says which" has_line "$out/checks.txt" 'FAILED(1) gemm_b'
expect "and why" has_line "$out/checks.txt" '    c\[0\]\[0\] = 1, must be 2'
expect "and goes on" test -s "$out/acceptance.json"
expect "without it" has_line "$log" '--quick .*--exclude gemm_b'
expect "runs the sanitizer" has_line "$out/checks.txt" 'ERROR SUMMARY: 0 errors'

make_sandbox 8.0
unfit_kernel=gemm_b run "$out"
expect "a kernel for other cards is no failure" has_status 0
expect "and is not called exact" has_line "$out/checks.txt" '^unchecked gemm_b'
expect "an A100 is built for as such" has_line "$log" '-DOLV_CUDA_ARCHITECTURES=80-real'

make_sandbox 7.5
run "$out"
expect "refuses a card without kernels" has_status 2
expect "and says so" says 'compute capability 7.5: kernels are built for 8.x and 9.0'

make_sandbox
rm "$bin/nvidia-smi"
run "$out"
expect "refuses a machine without a GPU" has_status 2
expect "and says so" says 'no nvidia-smi'

make_sandbox
tool cmake 'exit 1'
run "$out"
expect "ends where the build fails" has_status 2
expect "and says so" says 'the build failed'

run
expect "asks for a folder" has_status 2

((failures == 0)) && echo "PASSED"
