#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# Task i of this job array evaluates shard i of a sweep; written by olivine sweep submit.
# Results grow in a database on the node; the folder gets whole files only. A task that starts again
# goes on from what it left on the node, or from what it copied back when it was told to stop.
# Argument of a resubmission: the job that was submitted first, whose databases it goes on from.
#
# <options of sbatch>
set -euo pipefail

# <settings>

job="${1:-$SLURM_ARRAY_JOB_ID}"
shard="$SLURM_ARRAY_TASK_ID"
name="$(printf '%04d' "$shard")"
finished="$folder/shards/$name.db"
partial="$folder/shards/$name.partial.db"
local_db="$node/olivine-$job-$name.db"

say() { TZ=UTC printf '%(%FT%TZ)T shard %s on %s: %s\n' -1 "$name" "$HOSTNAME" "$1"; }

# The log that SQLite leaves beside a database when its program is killed holds points too: gc
# writes them to the database itself.
fold_log() { [[ ! -s "$local_db-wal" ]] || "$program" sweep gc "$local_db"; }

# publish FILE: FILE becomes a copy of the local database as a whole, or stays as it was.
publish() {
  local copy="$1.$HOSTNAME.$$.tmp"
  if fold_log && cp -- "$local_db" "$copy" && sync -- "$copy" && mv -f -- "$copy" "$1"; then
    return 0
  fi
  rm -f -- "$copy"
  return 1
}

forget_local() { rm -f -- "$local_db" "$local_db-wal" "$local_db-shm"; }

is_stopped=
child=
stop() {
  trap '' TERM  # once: the next one shall not end a copy
  is_stopped=yes
  # As by Ctrl-C: Slurm may have sent the program a SIGTERM too, and a second one ends it at once.
  [[ -z "$child" ]] || kill -INT "$child" 2>/dev/null || true
}

if [[ -e "$finished" ]]; then
  say "is complete already"
  exit 0
fi
cd -- "$directory"
mkdir -p -- "$node"
if [[ -e "$local_db" ]]; then
  say "goes on from $local_db"
elif [[ -e "$partial" ]]; then
  say "goes on from $partial"
  forget_local
  cp -- "$partial" "$local_db.tmp"
  mv -- "$local_db.tmp" "$local_db"
fi

# The time limit, scancel and preemption come as SIGTERM: the program commits what it has and ends.
trap stop TERM
(
  trap - INT  # what bash starts in the background may ignore it
  exec "$program" sweep run "$folder/sweep.yaml" --db "$local_db" --threads "$threads" \
    --shard "$shard/$shards"
) &
child=$!
[[ -z "$is_stopped" ]] || stop
# A signal ends `wait`, not the program.
while kill -0 "$child" 2>/dev/null; do wait "$child" || true; done
status=0
wait "$child" || status=$?

if ((status == 0)); then
  publish "$finished"
  forget_local
  rm -f -- "$partial" "$finished".*.tmp "$partial".*.tmp
  say "is complete"
  exit 0
fi
if [[ -e "$local_db" ]] && publish "$partial"; then
  forget_local
  say "ended with status $status; its points are in $partial"
else
  say "ended with status $status; its points, if any, are in $local_db"
fi
exit "$status"
