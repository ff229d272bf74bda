#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Writes what `./olivine demo` prints into README.md, between its markers.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
demo="$("$root/olivine" demo)"
DEMO="$demo" awk '
  /<!-- demo: begin/ { print; print "```"; print ENVIRON["DEMO"]; print "```"; skip = 1; next }
  /<!-- demo: end/ { skip = 0 }
  !skip { print }
' "$root/README.md" >"$root/README.md.new"
mv "$root/README.md.new" "$root/README.md"
