#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Synthesis of one block with Yosys on a Liberty cell library, flat, and its longest path by
# OpenSTA. Writes NAME.json and NAME.v (netlists), NAME.timing (path report) and NAME.log into the
# output folder, prints cells, area and longest path; NAME is the top with its parameters.
#   rtl/synth/run.sh [--rtl DIR] [--liberty FILE] [--out DIR] [--source FILE] TOP [NAME=VALUE...]
# --source adds a file that is not in files.f. Exit status 2: wrong arguments or an RTL error.
set -euo pipefail
export LC_ALL=C

here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
rtl="$(dirname "$here")"
liberty=/usr/share/qflow/tech/osu018/osu018_stdcells.lib
out=.
extra=()

die() {
  echo "error: $*" >&2
  exit 2
}

while [[ "${1:-}" == --* ]]; do
  [[ $# -ge 2 ]] || die "$1: missing: a path"
  case "$1" in
    --rtl) rtl="$2" ;;
    --liberty) liberty="$2" ;;
    --out) out="$2" ;;
    --source) extra+=("$2") ;;
    *) die "$1: must be --rtl, --liberty, --out or --source" ;;
  esac
  shift 2
done
[[ $# -ge 1 ]] || die "no top module"
top="$1"
shift
[[ "$top" =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || die "$top: must be a module name"
[[ -f "$rtl/files.f" ]] || die "$rtl/files.f: no such file"
[[ -f "$liberty" ]] || die "$liberty: no such file (Debian package qflow-tech-osu018)"
for tool in yosys sta; do
  command -v "$tool" >/dev/null || die "$tool: not installed"
done

name="$top"
chparams=()
for parameter in "$@"; do
  [[ "$parameter" =~ ^[A-Za-z][A-Za-z0-9_]*=[0-9]+$ ]] || die "$parameter: must be NAME=VALUE"
  name+="_${parameter/=/}"
  chparams+=("-set ${parameter%%=*} ${parameter#*=}")
done

mkdir -p "$out"
out="$(readlink -f "$out")"
liberty="$(readlink -f "$liberty")"
for i in "${!extra[@]}"; do extra[i]="$(realpath --relative-to="$rtl" "${extra[i]}")"; done
cd "$rtl"  # names that Yosys makes contain paths, and ABC's result depends on names

# The files of the top and of every module that one of them names: Yosys elaborates all it reads.
declare -A file_of
while read -r file; do
  [[ -z "$file" || "$file" == //* ]] || file_of["$(basename "$file" .sv)"]="$file"
done <files.f
for file in "${extra[@]}"; do file_of["$(basename "$file" .sv)"]="$file"; done
[[ -v "file_of[$top]" ]] || die "$top: no such module in $rtl/files.f"
packages=()
for module in "${!file_of[@]}"; do
  [[ "$module" != *_pkg ]] || packages+=("${file_of[$module]}")
done
queue=("$top")
declare -A is_needed=(["$top"]=1)
for ((i = 0; i < ${#queue[@]}; i++)); do
  words="$(sed 's|//.*||' "${file_of[${queue[i]}]}" | grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u)"
  for word in $words; do
    [[ -v "file_of[$word]" && ! -v "is_needed[$word]" && "$word" != *_pkg ]] || continue
    is_needed["$word"]=1
    queue+=("$word")
  done
done
sources=("${packages[@]}")
for module in "${queue[@]}"; do sources+=("${file_of[$module]}"); done

# The gate before synthesis: what Yosys cannot elaborate cleanly is an error. alumacc would merge
# multiplier and adder into a sign-extended macro that maps to 58 % more area (osu018).
# ABC's result depends on the names inside; numbered ones stay when an instance gets another name.
chparam=""
[[ ${#chparams[@]} == 0 ]] || chparam="chparam ${chparams[*]} $top;"
script="read_verilog -sv -Icommon ${sources[*]}; $chparam
  hierarchy -check -top $top; rename -top $top; proc; check -assert;
  flatten; rename -enumerate;
  synth -noalumacc -flatten -top $top; dfflibmap -liberty $liberty;
  abc -liberty $liberty -D 10000; setundef -zero; opt_clean -purge;
  read_liberty -lib -ignore_miss_func $liberty; rename -wire; check -assert; delete =A:blackbox;
  write_json $out/$name.json; write_verilog -noattr $out/$name.v;
  tee -o $out/$name.stat stat -liberty $liberty"
if ! yosys -Q -T -p "$script" >"$out/$name.log" 2>&1; then
  die "$(sed -n 's/.*ERROR: //p' "$out/$name.log" | grep -m1 . || tail -n 1 "$out/$name.log")"
fi

# Inputs arrive at time 0, outputs are due at the next edge; the period is long enough for any path.
# OpenSTA does not read `assign {a, b} = ...`: ports that are copies of others, without paths.
period=1000
sed '/^  assign {/d' "$out/$name.v" >"$out/$name.sta.v"
cat >"$out/$name.tcl" <<EOF
read_liberty $liberty
read_verilog $out/$name.sta.v
link_design $top
if {[llength [get_ports -quiet clk_i]]} {
  create_clock -name clock -period $period [get_ports clk_i]
} else {
  create_clock -name clock -period $period
}
set_input_delay 0 -clock clock [all_inputs]
set_output_delay 0 -clock clock [all_outputs]
report_checks -path_delay max
EOF
sta -no_splash -exit "$out/$name.tcl" >"$out/$name.timing" 2>&1 ||
  die "$out/$name.tcl: $(tail -n 1 "$out/$name.timing")"

cells="$(awk '/Number of cells:/ {print $4}' "$out/$name.stat")"
area="$(awk '/Chip area/ {print $NF}' "$out/$name.stat")"
path="$(awk -v period=$period '
  {sub(/\\\\.*/, "", $2)}
  /^Startpoint:/ {from = $2} /^Endpoint:/ {to = $2} /slack/ {slack = $1}
  END {if (slack == "") print "none"; else printf "%.2f ns %s -> %s", period - slack, from, to}' \
  "$out/$name.timing")"
echo "$name: $cells cells, $area um2, longest path $path"
