#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# clang-format with the given arguments over every C++ and CUDA source: `--dry-run -Werror` checks,
# `-i` rewrites. Exit 77: clang-format is not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v clang-format >/dev/null || {
  echo "SKIPPED (no clang-format)"
  exit 77
}
find . \( -name '.?*' -o -name 'build*' \) -prune -o \
  \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -print0 |
  xargs -0 clang-format --style=file "$@"
