# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Prints the ports (names that end in _i, _ni or _o) of a trace of yosys-smtbmc, a line a step.
$1 == "$var" && $5 ~ /_(i|ni|o)$/ && !($4 in name) { name[$4] = $5; order[++count] = $4 }
/^#/ { flush_step(); step = substr($1, 2) / 10; next }
/^b/ { value[$2] = to_hex(substr($1, 2)); next }
/^[01x]/ { value[substr($1, 2)] = substr($1, 1, 1) }
END { flush_step() }

function flush_step(   i) {
  if (step == "") return
  printf "  step %d:", step
  for (i = 1; i <= count; i++) printf " %s=%s", name[order[i]], value[order[i]]
  print ""
}

function to_hex(bits,   text, i, digit) {
  if (length(bits) == 1) return bits
  while (length(bits) % 4) bits = "0" bits
  for (i = 1; i <= length(bits); i += 4) {
    digit = 8 * substr(bits, i, 1) + 4 * substr(bits, i + 1, 1) + 2 * substr(bits, i + 2, 1) \
            + substr(bits, i + 3, 1)
    text = text substr("0123456789ABCDEF", digit + 1, 1)
  }
  return "0x" text
}
