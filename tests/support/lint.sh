#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# clang-tidy over the library sources that changed since it last passed (target lint of the given
# build folder). Exit 77: clang-tidy is not installed.
set -euo pipefail
command -v clang-tidy >/dev/null || {
  echo "SKIPPED (no clang-tidy)"
  exit 77
}
exec cmake --build "$1" --target lint -- -k 0
