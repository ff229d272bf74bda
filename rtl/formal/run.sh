#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Runs the proofs of this folder: one line each, "PASS name seconds" (CPU) or "FAIL name" with the
# counterexample. Exit status: 0 all proven, 1 some not, 2 bad input or a missing tool.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rtl=$(dirname "$here")
mode=prove
time_limit=600  # seconds for one tool on one proof
names=()

usage() {
  cat <<'EOF'
usage: run.sh [--rtl DIR] [--list | --selftest] [proof...]
  --rtl DIR   prove this tree of RTL (default: the one beside this folder)
  --list      names of all proofs, with engine and what they prove
  --selftest  seed one defect a proof into a copy of the RTL and expect each proof to fail
EOF
}

die() {
  echo "error: $*" >&2
  exit 2
}

# The header field `$2:` of proof `$1`.
field() { sed -n "s#^// $2: *##p" "$here/$1_proof.sv"; }

# Source files of a proof: specification from this folder, the rest from the tree under proof.
sources() {
  local file
  echo "$rtl/common/olv_pkg.sv $here/ovp_spec.sv"
  for file in $(field "$1" sources); do
    case $file in
      formal/*) echo "$here/${file#formal/}" ;;
      *) echo "$rtl/$file" ;;
    esac
  done
  echo "$here/$1_proof.sv"
}

# An identifier that Yosys declares by itself is a wire without driver: anything would be provable
# of it. So is a design without assertions.
elaborate() {
  echo "read_verilog -sv -formal -I$rtl/common $(sources "$1" | tr '\n' ' ')" \
    "; prep -flatten -top $1_proof; memory_map; check -assert; chformal -cover -remove" \
    "; select -assert-min 1 t:\$assert; select -clear"
}

# "name condition enable" of every assertion of the model.
list_assertions() {
  awk '/^  cell \$assert/ { name = $3 }
       /^  end/ { if (name != "") print name, signal["\\A"], signal["\\EN"]; name = "" }
       $1 == "connect" { signal[$2] = $3 }' "$work/model.il" >"$work/asserts"
}

# Options of Yosys' sat that print the signals of every assertion.
show_assertions() {
  awk '{ for (i = 2; i <= 3; i++) if ($i !~ /^1.[01]$/) printf " -show %s", $i }' "$work/asserts"
}

prove_combinational() {
  local sat="sat -prove-asserts -show-inputs -show-outputs"
  timeout "$time_limit" yosys -e 'implicitly declared' -Q -T -p "$(elaborate "$1")
    ; write_rtlil $work/model.il; $sat" >"$work/log" 2>&1 || return 1
  grep -q 'no model found: SUCCESS' "$work/log" && return 0
  list_assertions
  yosys -Q -T -p "read_rtlil $work/model.il; $sat $(show_assertions)" \
    >"$work/log" 2>&1
  return 1
}

# Unbounded: registers that design and specification have alike are merged by induction, the rest
# is left to property-directed reachability, after a search for short counterexamples (`$2` steps).
# Registers without a reset value start at zero. ABC takes outputs for properties: only assertions
# may be left.
prove_sequential() {
  local abc="read_aiger $work/model.aig; fold; strash; orpos; scorr" engine
  timeout "$time_limit" yosys -e 'implicitly declared' -Q -T -p "$(elaborate "$1")
    ; async2sync; setundef -init -zero; opt -full; dffunmap
    ; write_rtlil $work/model.il
    ; delete -port o:*; techmap; opt -fast; dffunmap; aigmap
    ; write_aiger -zinit -symbols $work/model.aig" \
    >"$work/log" 2>&1 || return 1
  for engine in "bmc3 -F $2" pdr; do
    timeout "$time_limit" yosys-abc -c "$abc; $engine; write_cex -n $work/cex" >"$work/log" 2>&1
    grep -q 'Property proved' "$work/log" && return 0
    grep -q 'was asserted in frame' "$work/log" && break
  done
  [ -s "$work/cex" ] || return 1
  list_assertions
  yosys -Q -T -p "read_rtlil $work/model.il; $(awk -f "$here/replay.awk" "$work/cex") \
    $(show_assertions)" >"$work/log" 2>&1
  echo 'was asserted in frame' >>"$work/log"
  return 1
}

run_proof() {
  local engine depth
  read -r engine depth <<<"$(field "$1" engine)"
  rm -f "$work/cex" "$work/asserts"
  case $engine in
    sat) prove_combinational "$1" ;;
    pdr) prove_sequential "$1" "$depth" ;;
    *) die "$1: unknown engine $engine" ;;
  esac
}

show_counterexample() {
  touch "$work/asserts"
  awk -f "$here/show.awk" "$work/asserts" "$work/log"
}

# 0: proven. 1: refuted. 2: neither (a file that does not parse, a tool that fails).
verdict() {
  local status=$1
  [ "$status" = 0 ] && return 0
  grep -qE 'model found: FAIL|was asserted in frame' "$work/log" && return 1
  return 2
}

prove() {
  local name=$1 seconds status
  { time run_proof "$name"; } 2>"$work/time"
  status=$?
  seconds=$(awk 'END { printf "%.1f", $1 + $2 }' "$work/time")
  verdict $status
  case $? in
    0) echo "PASS $name $seconds" ;;
    1)
      echo "FAIL $name"
      show_counterexample
      return 1
      ;;
    *)
      echo "FAIL $name: no verdict"
      grep -m 3 -iE 'error|timeout' "$work/log" || tail -n 3 "$work/log"
      return 1
      ;;
  esac
}

# Seeds the proof's defect and expects it to be refuted.
self_test() {
  local name=$1 original=$rtl file script status
  read -r file script <<<"$(field "$name" defect)"
  rm -rf "$work/rtl"
  cp -r "$original" "$work/rtl"
  sed -i "$script" "$work/rtl/$file"
  if cmp -s "$original/$file" "$work/rtl/$file"; then
    echo "FAIL $name: the defect matches nothing in $file"
    return 1
  fi
  rtl=$work/rtl
  run_proof "$name"
  verdict $?
  status=$?
  rtl=$original
  if [ $status = 1 ]; then
    echo "PASS $name refutes $file $script"
  else
    echo "FAIL $name: seeded defect $file $script is not refuted"
    return 1
  fi
}

list() {
  local name
  for name in "${all[@]}"; do
    printf '%-24s %-16s %s\n' "$name" "$(field "$name" engine)" "$(field "$name" proves)"
  done
}

while [ $# -gt 0 ]; do
  case $1 in
    --rtl)
      [ $# -ge 2 ] || die "--rtl: needs a folder"
      rtl=$2
      shift
      ;;
    --list) mode=list ;;
    --selftest) mode=self_test ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && die "unknown option $1" ;;
    *) names+=("$1") ;;
  esac
  shift
done

all=()
for file in "$here"/*_proof.sv; do
  file=${file##*/}
  all+=("${file%_proof.sv}")
done
[ $mode = list ] && list && exit 0

[ -f "$rtl/common/olv_pkg.sv" ] || die "$rtl: no tree of RTL (common/olv_pkg.sv is missing)"
rtl=$(cd "$rtl" && pwd)
for tool in yosys yosys-abc; do
  command -v $tool >/dev/null || die "$tool is not installed (Debian package: yosys)"
done
for name in ${names[@]+"${names[@]}"}; do
  [ -f "$here/${name}_proof.sv" ] || die "no proof $name; known: ${all[*]}"
done
[ ${#names[@]} = 0 ] && names=("${all[@]}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%U %S'
failures=0
for name in "${names[@]}"; do
  $mode "$name" || failures=$((failures + 1))
done
[ $failures = 0 ]
