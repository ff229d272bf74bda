#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Every module of an RTL tree as a top of its own, with default parameters: Verilator's lint with
# all warnings as errors, and Yosys' front end with its checks. Prints the first message of every
# module that fails.
#   rtl/lint/run.sh [--rtl DIR] [MODULE...]
set -euo pipefail

rtl="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
if [[ "${1:-}" == --rtl ]]; then
  rtl="${2:?--rtl: missing: a folder}"
  shift 2
fi
[[ -f "$rtl/files.f" ]] || {
  echo "error: $rtl/files.f: no such file" >&2
  exit 2
}

sources=()
while read -r file; do
  [[ -z "$file" || "$file" == //* ]] || sources+=("$rtl/$file")
done <"$rtl/files.f"
waivers=()
for file in waivers observe; do
  [[ -f "$rtl/lint/$file.vlt" ]] && waivers+=("$rtl/lint/$file.vlt")
done

# check MODULE: both tools; their first complaint on stdout, status 1.
check() {
  local out
  if ! out="$(verilator --lint-only -Wall --assert --no-timing -I"$rtl/common" "${waivers[@]}" \
    "${sources[@]}" --top-module "$1" 2>&1)"; then
    grep -m1 '^%\(Error\|Warning\)' <<<"$out" || head -n 1 <<<"$out"
    return 1
  fi
  # A name that Yosys declares by itself would be a wire without driver.
  if ! out="$(yosys -e 'implicitly declared' -q -p "read_verilog -sv -I$rtl/common ${sources[*]};
    hierarchy -check -top $1; proc; check -assert" 2>&1)"; then
    grep -m1 'ERROR' <<<"$out" || tail -n 1 <<<"$out"
    return 1
  fi
}

modules=("$@")
if [[ ${#modules[@]} == 0 ]]; then
  for file in "${sources[@]}"; do
    name="$(basename "$file" .sv)"
    [[ "$name" == *_pkg ]] || modules+=("$name")
  done
fi
failed=0
for module in "${modules[@]}"; do
  if message="$(check "$module")"; then
    echo "PASS $module"
  else
    echo "FAIL $module: $message"
    failed=$((failed + 1))
  fi
done
echo "${#modules[@]} modules, $failed failed"
[[ $failed == 0 ]]
