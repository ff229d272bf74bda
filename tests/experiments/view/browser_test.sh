#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Opens pages that `olivine view array --html` wrote in a browser: they draw, at the cycle that the
# address names, and no script complains. $1: the program. Exit 77: no browser is installed.
set -euo pipefail
program=$1
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[[ -n $browser ]] || {
  echo "SKIPPED (no chromium)"
  exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The document after its scripts have run: dump PAGE#CYCLE.
dump() {
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-sync \
    --disable-background-networking --disable-component-update --enable-logging=stderr \
    --user-data-dir="$folder/profile" --dump-dom "file://$1" 2>"$folder/log"
}
fail() {
  echo "FAILED: $*"
  exit 1
}
# check NAME CYCLE TEXT OPTIONS...: the page of these options says TEXT at CYCLE.
check() {
  local name=$1 cycle=$2 text=$3
  shift 3
  "$program" view array --html "$folder/$name.html" "$@"
  dump "$folder/$name.html#$cycle" >"$folder/$name.dom"
  grep -q 'data-ready="true"' "$folder/$name.dom" || fail "$name is not drawn"
  grep -q "Cycle $cycle of" "$folder/$name.dom" || fail "$name does not show cycle $cycle"
  grep -qF "$text" "$folder/$name.dom" || fail "$name: no '$text'"
  if grep CONSOLE "$folder/log"; then fail "$name: a script complains"; fi
  [[ $(grep -c 'class="pe ' "$folder/$name.dom") -ge 1 ]] || fail "$name has no PEs"
}

check os 8 "Fold 0 drains, fold 1 streams 3/6."
check sparse 7 "Fold 0 streams 4/6, fold 1 preloads 4/4." --dataflow ws --scheme w4a4-ovp-2:4
check stall 0 "Waits for activations." --machine edge_16x16 --rows 4 --cols 4 --gemm 4x4x4
check large 20 "<span>bars: left, top, below: held sum</span>" --rows 16 --cols 16
echo "4 pages drawn"
