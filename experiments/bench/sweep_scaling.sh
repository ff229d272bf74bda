#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Rate and peak memory of `olivine sweep run` over the number of points: BERT-base, whole network,
# mapped. The last size takes about ten minutes on 2 cores.
#   sweep_scaling.sh OLIVINE [THREADS [POINTS...]]
set -euo pipefail

[[ $# -ge 1 ]] || {
  echo "usage: sweep_scaling.sh OLIVINE [THREADS [POINTS...]]" >&2
  exit 2
}
program="$(readlink -f "$1")"
space="$(dirname "$(readlink -f "$0")")/sweep_space.yaml"
threads="${2:-2}"
shift
[[ $# -eq 0 ]] || shift
sizes=("$@")
[[ ${#sizes[@]} -gt 0 ]] || sizes=(1000 10000 100000 1000000)

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

printf '%10s %10s %10s %12s %14s\n' points seconds points/s "peak MiB" "database MiB"
for size in "${sizes[@]}"; do
  sed "s/points: 1000/points: $size/" "$space" >"$folder/scaling.yaml"
  # Seconds and kilobytes of the process, as the shell's own clock and the kernel have them.
  /usr/bin/env time -f '%e %M' -o "$folder/time" "$program" sweep run "$folder/scaling.yaml" \
    --db "$folder/$size.db" --threads "$threads" >"$folder/out" 2>"$folder/log" ||
    { tail -n 3 "$folder/log" >&2; exit 1; }
  read -r seconds kib < <(tail -n 1 "$folder/time")
  bytes="$(stat -c %s "$folder/$size.db")"
  awk -v n="$size" -v s="$seconds" -v k="$kib" -v b="$bytes" 'BEGIN {
    printf "%10d %10.2f %10.0f %12.1f %14.1f\n", n, s, n / s, k / 1024, b / 1048576 }'
  rm -f "$folder/$size.db"
done
