# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Turns a counterexample of ABC (write_cex -n) into a command of Yosys that evaluates the design
# with these inputs (names in _i of the top module) and prints every port at every step.
/@[0-9]+=[01]$/ {
  split($NF, place, "@")
  split(place[2], value, "=")
  $NF = place[1]
  for (i = 1; i <= NF; i++) if ($i ~ /^[a-z0-9_]+_i(\[[0-9]+\])?$/) add(value[1] + 1, $i, value[2])
}
END {
  command = "sat -seq " steps " -show-inputs -show-outputs"
  for (step = 1; step <= steps; step++) {
    for (name in width) {
      text = ""
      for (i = 0; i < width[name]; i++) text = bits[step, name, i] text
      if (text != "") command = command " -set-at " step " " name " " length(text) "'b" text
    }
  }
  print command
}

function add(step, name, bit,   at, place) {
  if (step > steps) steps = step
  at = match(name, /\[/)
  place = at ? substr(name, at + 1) + 0 : 0
  if (at) name = substr(name, 1, at - 1)
  if (place >= width[name]) width[name] = place + 1
  bits[step, name, place] = bit
}
