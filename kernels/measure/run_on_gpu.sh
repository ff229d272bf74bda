#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# run_on_gpu.sh FOLDER [options of olivine_measure]: builds the measuring program alone, for this
# machine's GPU, and runs it within eight minutes. Needs CUDA 12.8 or later, CMake 3.25 and a C++20
# compiler; no network, no other package. What is worth most comes first. FOLDER gets
#   log.txt         everything that was printed
#   checks.txt      every kernel in a process of its own: exact, FAILED(status), or unchecked where
#                   it does not run on this card; then compute-sanitizer where it is there
#   acceptance.json record of the quick run: correctness, times, energy, ratios
#   micro.json      record of instructions, memories, power against clock
#   networks.json   record of network_shapes.csv, as far as time allows
#   ptxas.txt       registers and spills of every kernel
#   nvidia_smi.txt  state of the card before and after
# A tree without git takes its revision from OLV_MEASURE_REVISION. The options go to the quick run.
# Exit status: 0; 1 something failed; 2 it could not begin.
set -euo pipefail

readonly total_s=470 build_s=280 checks_s=100 kernel_s=30 acceptance_s=150 micro_s=90 sanitizer_s=90
readonly networks_s=100 kill_after_s=10 parallel_checks=4
# Those of residue_shapes() in plan.cpp, without the one of no k; small m; many tiles.
shapes=1x1x1,1x64x64,16x128x256,15x127x255,17x129x257,13x61x97,33x65x129,128x256x128,127x255x191
shapes+=,129x257x193,211x307x521,256x512x1024,384x1024x640,13x300x520,16x512x4096,1500x3000x2050
readonly shapes

die() {
  echo "error: $*" >&2
  exit 2
}

[[ $# -ge 1 && "$1" != -* ]] || die "usage: run_on_gpu.sh FOLDER [options]"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
readonly folder root
shift
readonly build="$root/build/measure" program="$root/build/measure/kernels/measure/olivine_measure"
failures=0

exec > >(tee "$folder/log.txt") 2>&1

note() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

# limited SECONDS COMMAND...: ends the command after that time, and with the time of the whole.
limited() {
  local seconds="$1" left=$((total_s - SECONDS))
  shift
  ((left > 5)) || return 124
  timeout -k "$kill_after_s" "$((seconds < left ? seconds : left))" "$@"
}

# step NAME SECONDS COMMAND...: counts a failure and goes on.
step() {
  local name="$1" seconds="$2" status=0
  shift 2
  note "$name"
  limited "$seconds" "$@" || status=$?
  if ((status != 0)); then
    note "$name: exit status $status"
    failures=$((failures + 1))
  fi
}

find_tools() {
  command -v nvidia-smi >/dev/null || die "no nvidia-smi: no NVIDIA driver on this machine"
  if ! command -v nvcc >/dev/null; then
    [[ -x /usr/local/cuda/bin/nvcc ]] || die "no nvcc in PATH or /usr/local/cuda/bin"
    export PATH="/usr/local/cuda/bin:$PATH"
  fi
  command -v cmake >/dev/null || die "no cmake in PATH"
  local toolkit
  toolkit="$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")"
  export LD_LIBRARY_PATH="$toolkit/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  capability="$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1)"
  case "$capability" in
    9.0) architecture="90a-real" ;;
    8.*) architecture="80-real" ;;
    *) die "compute capability $capability: kernels are built for 8.x and 9.0" ;;
  esac
}

build_program() {
  local generator="Unix Makefiles"
  ! command -v ninja >/dev/null || generator="Ninja"
  note "build for $architecture with $generator"
  if [[ ! -f "$build/CMakeCache.txt" ]]; then
    limited "$build_s" cmake -S "$root" -B "$build" -G "$generator" -DCMAKE_BUILD_TYPE=Release \
      -DOLV_MEASURE_ONLY=ON "-DOLV_CUDA_ARCHITECTURES=$architecture" \
      "-DOLV_MEASURE_REVISION=${OLV_MEASURE_REVISION:-}" >/dev/null || return 1
  fi
  limited "$build_s" cmake --build "$build" --target olivine_measure_program -j "$(nproc)"
}

# Registers and spills of every kernel.
ptxas_report() {
  find "$build" -name '*.o.ptxas' -print0 | sort -z | xargs -0 -r cat >"$folder/ptxas.txt"
}

# One kernel by itself: a hang or an illegal access there does not end the others' run. So on every
# shape that the acceptance run checks first (an error there would end that run), and on tiles for
# more than one wave of blocks. A hang ends by force: nothing else ends a process that waits for it.
check_kernel() {
  local status=0 text verdict=exact
  text="$(timeout -s KILL "$kernel_s" "$program" --check-only --kernels "$1" \
    --gemm "$shapes" 2>&1)" || status=$?
  [[ "$text" != *"was not checked"* ]] || verdict=unchecked
  [[ $status == 0 ]] || verdict="FAILED($status)"
  printf '%s %s\n' "$verdict" "$1"
  if ((status != 0)); then
    printf '%s\n' "$text" | tail -n 12 | cut -c 1-300 | sed 's/^/    /'
  fi
}

check_kernels() {
  export -f check_kernel
  export program kernel_s shapes
  # shellcheck disable=SC2016  # expanded by the inner shell
  "$program" --list-kernels |
    limited "$checks_s" xargs -P "$parallel_checks" -I '{}' bash -c 'check_kernel "$1"' _ '{}' \
      >"$folder/checks.txt" || note "the time for checks was up"
  cat "$folder/checks.txt"
}

# Names, with commas, of kernels that failed by themselves or had no time to be checked.
failed_kernels() {
  "$program" --list-kernels | while read -r kernel; do
    grep -qxE "(exact|unchecked) $kernel" "$folder/checks.txt" || echo "$kernel"
  done | paste -sd, -
}

sanitize() {
  local sanitizer
  sanitizer="$(command -v compute-sanitizer || true)"
  if [[ -z "$sanitizer" ]]; then
    echo "SKIPPED (no compute-sanitizer)" | tee -a "$folder/checks.txt"
    return
  fi
  step "compute-sanitizer" "$sanitizer_s" "$sanitizer" --tool memcheck --error-exitcode 1 \
    "$program" --check-only --gemm 5x37x70,33x65x129 "${excluded[@]}" \
    >"$folder/sanitizer.part" 2>&1
  tail -n 40 "$folder/sanitizer.part" | tee -a "$folder/checks.txt"
  rm -f "$folder/sanitizer.part"
}

find_tools
{
  echo "before"
  nvidia-smi -q
} >"$folder/nvidia_smi.txt"
build_program || die "the build failed"
ptxas_report
note "check every kernel by itself"
check_kernels
excluded=()
if [[ -n "$(failed_kernels)" ]]; then
  excluded=(--exclude "$(failed_kernels)")
  failures=$((failures + 1))
fi
step "acceptance" "$acceptance_s" "$program" --quick --output "$folder/acceptance.json" \
  "${excluded[@]}" "$@"
step "micro" "$micro_s" "$program" --micro-only --output "$folder/micro.json"
sanitize
step "networks" "$networks_s" "$program" --shapes "$root/kernels/measure/network_shapes.csv" \
  --no-energy --budget "$((networks_s - 20))" --output "$folder/networks.json" "${excluded[@]}"
{
  echo "after"
  nvidia-smi -q
} >>"$folder/nvidia_smi.txt"
note "done, $failures steps failed"
((failures == 0))
