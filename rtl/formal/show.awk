# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# A table of Yosys' sat (second file) as a line a step with every port of the proof, then the names
# of the assertions that fail in the last step (first file: lines "name condition enable").
FILENAME == ARGV[1] { condition[$1] = $2; enable[$1] = $3; next }
/Signal Name/ { is_table = 1; has_time = $1 == "Time"; next }
is_table && !NF { is_table = 0 }
!is_table || $1 ~ /^-/ || (has_time && $1 !~ /^[0-9]+$/) { next }
{
  step = has_time ? $1 + 0 : 0
  name = has_time ? $2 : $1
  value[step, name] = $NF
  sub(/^\\/, "", name)
  if (name ~ /^[a-z0-9_]+_(i|o)$/ && name != "clk_i") line[step] = line[step] " " name "=" hex($NF)
  if (step > last) last = step
}
END {
  for (step = has_time; step <= last; step++) print (has_time ? "  step " step ":" : " ") line[step]
  for (name in condition) {
    if (is(condition[name]) == 0 && is(enable[name]) == 1) {
      sub(/^\\/, "", name)
      print "  fails: " name
    }
  }
}

function is(signal) {
  if (signal ~ /^1'/) return substr(signal, 3)
  return ((last, signal) in value) ? value[last, signal] : "x"
}

function hex(bits,   text, i, digit) {
  if (length(bits) == 1) return bits
  while (length(bits) % 4) bits = "0" bits
  for (i = 1; i <= length(bits); i += 4) {
    digit = 8 * substr(bits, i, 1) + 4 * substr(bits, i + 1, 1) + 2 * substr(bits, i + 2, 1) \
            + substr(bits, i + 3, 1)
    text = text substr("0123456789ABCDEF", digit + 1, 1)
  }
  return "0x" text
}
