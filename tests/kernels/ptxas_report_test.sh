#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Reads what ptxas said of every compiled kernel (cmake/ptxas_report.sh) in a build folder: prints
# a table of registers, and fails where a kernel spills, has a stack frame, or was not reported, and
# where ptxas serialized wgmma or ignored setmaxnreg (its remarks C7506 to C7520).
set -euo pipefail

folder="$1"
mapfile -t reports < <(find "$folder" -name '*.o.ptxas' | sort)
if [[ ${#reports[@]} == 0 ]]; then
  echo "FAILED: no report below $folder"
  exit 1
fi
if grep -h '(C75[0-9][0-9])' "${reports[@]}"; then
  echo "FAILED: ptxas gave something up"
  exit 1
fi
awk '
  /Compiling entry function/ {
    split($0, quoted, "\047")
    kernel = quoted[2]; architecture = quoted[4]
    next
  }
  /bytes stack frame/ && kernel != "" {
    stack = $1; stores = $5; loads = $9
    next
  }
  /Used [0-9]+ registers/ && kernel != "" {
    for (i = 1; i < NF; ++i) if ($i == "Used") registers = $(i + 1)
    name = kernel
    cmd = "echo " kernel " | c++filt -p"
    if ((cmd | getline demangled) > 0) name = demangled
    close(cmd)
    printf "%-6s %3d registers, %d bytes of stack, %d spilled  %s\n", architecture, registers,
      stack, stores + loads, name
    count++
    if (stack + stores + loads > 0) bad++
    kernel = ""
  }
  END {
    printf "%d kernels, %d with a stack frame or spills\n", count, bad
    exit (count == 0 || bad > 0)
  }
' "${reports[@]}"
