#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# ptxas_report.sh COMPILER ARGS...: runs the compiler; what `ptxas -v` says of registers and spills
# goes to OBJECT.ptxas, everything else to stderr.
set -uo pipefail

object=""
previous=""
for argument in "$@"; do
  [[ "$previous" != "-o" ]] || object="$argument"
  previous="$argument"
done
[[ -n "$1" ]] || shift # no compiler cache
if [[ "$object" != *.o ]]; then
  exec "$@"
fi
messages="$(mktemp)"
trap 'rm -f "$messages"' EXIT
status=0
"$@" 2>"$messages" || status=$?
grep -E '^ptxas info|bytes stack frame' "$messages" >"$object.ptxas"
grep -vE '^ptxas info|bytes stack frame|^$' "$messages" >&2
exit "$status"
