#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Every kernel on a GPU: exact outputs, then the smallest shapes under compute-sanitizer where it is
# installed. Argument: the command line program. Exit 77: no GPU.
set -euo pipefail

readonly olivine="$1"
if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L | grep -q '^GPU'; then
  echo "SKIPPED (no GPU)"
  exit 77
fi
"$olivine" measure --quick --check-only
if command -v compute-sanitizer >/dev/null; then
  compute-sanitizer --error-exitcode 1 "$olivine" measure --gemm 33x65x129 --check-only
else
  echo "SKIPPED (no compute-sanitizer)"
fi
