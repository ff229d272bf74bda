#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
#
# A sweep on a real Slurm cluster of one node, this machine: 16 shards, one task killed and one
# cancelled midway, submitted again, merged, and compared byte for byte with runs of one process on
# one and on eight threads. Argument: the command line program. Exit 77: no Slurm, or not root, whom
# its daemons need to start jobs. Daemons listen on 127.0.0.1 alone and end with the test.
set -euo pipefail

# ctest would kill this script alone, and its daemons would stay.
[[ -n "${OLV_TIMED:-}" ]] || OLV_TIMED=yes exec timeout --kill-after=60 240 "$0" "$@"

readonly olivine="$1"
readonly shards=16
# The shards of the first two tasks, if there are two cores.
readonly killed=0 cancelled=1

for tool in munged slurmctld slurmd sbatch squeue scancel scontrol sinfo; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$tool" >/dev/null || {
    echo "SKIPPED (no Slurm)"
    exit 77
  }
done
if ((EUID != 0)); then
  echo "SKIPPED (not root)"
  exit 77
fi
export PATH="$PATH:/usr/sbin:/sbin"

work="$(mktemp -d)"
readonly work
# Signs that Slurm, shells and printf read.
readonly folder="$work/submitted 'x' 100%a"

# Ends a daemon by the file that has its process, and waits for it.
end_daemon() {
  local pid
  pid="$(cat "$1" 2>/dev/null)" || return 0
  kill "$pid" 2>/dev/null || return 0
  for ((i = 0; i < 50; ++i)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
}

# Processes of jobs outlive the daemons.
end_jobs() {
  timeout 10 scancel --user=root >/dev/null 2>&1 || return 0
  for ((i = 0; i < 150; ++i)); do
    [[ -n "$(timeout 10 squeue --noheader 2>&1)" ]] || return 0
    sleep 0.1
  done
}

end_cluster() {
  local status=$?
  trap - EXIT
  if ((status != 0)); then
    echo "FAILED (status $status); logs:"
    tail -n 5 "$work"/log/*.log "$folder"/logs/*.log 2>/dev/null || true
  fi
  [[ ! -e "$work/slurmctld.pid" ]] || end_jobs
  end_daemon "$work/slurmctld.pid"
  end_daemon "$work/slurmd.pid"
  end_daemon "$work/munge/munged.pid"
  rm -rf "$work"
  exit "$status"
}
trap end_cluster EXIT
trap 'exit 1' INT TERM

fail() {
  echo "FAILED: $1"
  exit 1
}
passed() { printf 'ok %5.1f s  %s\n' "$(elapsed_s)" "$1"; }
elapsed_s() { echo "$(($(date +%s%N) / 1000000 - begin_ms))e-3"; }
begin_ms="$(($(date +%s%N) / 1000000))"
readonly begin_ms

# wait_for SECONDS WHAT CONDITION...
wait_for() {
  local deadline=$((SECONDS + $1)) what="$2"
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) || fail "no $what"
    sleep 0.05
  done
}

free_port() {
  local port
  for (( ; ; )); do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

write_slurm_conf() {
  local host
  host="$(hostname -s)"
  cat >"$work/slurm.conf" <<CONF
ClusterName=olivine
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/munge.socket,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd.log
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=20000
SlurmdParameters=config_overrides
MailProg=/bin/true
ReturnToService=2
MpiDefault=none
KillWait=10
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=4000
PartitionName=main Nodes=ALL Default=YES MaxTime=10 State=UP
CONF
  export SLURM_CONF="$work/slurm.conf"
}

is_idle() { [[ "$(timeout 5 sinfo --noheader --format=%t 2>/dev/null)" == idle ]]; }

start_cluster() {
  mkdir "$work"/{munge,state,spool,log}
  chmod 755 "$work" "$work/munge"  # munged wants its socket within everybody's reach
  write_slurm_conf
  (umask 077 && head -c 1024 /dev/urandom >"$work/munge/munge.key")
  # With stdin and stdout of the test they would keep whoever reads those waiting.
  munged --key-file="$work/munge/munge.key" --socket="$work/munge/munge.socket" \
    --pid-file="$work/munge/munged.pid" --log-file="$work/log/munged.log" \
    --seed-file="$work/munge/seed" </dev/null >"$work/log/start.log" 2>&1
  slurmctld -c </dev/null >>"$work/log/start.log" 2>&1
  slurmd </dev/null >>"$work/log/start.log" 2>&1
  wait_for 20 "idle node" is_idle
}

# A GEMM, named by a path from the folder where the sweep is submitted.
write_sweep() {
  mkdir "$work/from"
  cat >"$work/from/gemm.yaml" <<'YAML'
name: gemm
blocks:
  - name: block
    layers:
      - {name: gemm, kind: linear, m: 128, n: 96, k: 200}
YAML
  cat >"$work/from/sweep.yaml" <<'YAML'
name: cluster
machine: edge_16x16
workload: gemm.yaml
scheme: w4a4-ovp
axes:
  array.rows: {from: 4, to: 64, step: 4}
  array.cols: {from: 4, to: 64, step: 4}
  memory.weight_buffer: {from: 8KiB, to: 64KiB, factor: 2}
  memory.activation_buffer: {from: 8KiB, to: 64KiB, factor: 2}
  array.dataflow: [ws, os, is]
objectives: [time_s, energy_pj]
YAML
  cd "$work/from"
}

# run_alone THREADS NAME: the sweep in one process, exported to NAME.csv.
run_alone() {
  timeout 120 "$olivine" sweep run sweep.yaml --db "$work/$2.db" --threads "$1" \
    >"$work/$2.log" 2>&1 || { cat "$work/$2.log"; fail "the run on $1 threads"; }
  "$olivine" sweep export "$work/$2.db" --output "$work/$2.csv" 2>/dev/null
}

points_in() { "$olivine" sweep export "$1" | tail -n +2 | wc -l; }

# Sets $program to the process that evaluates a shard.
find_program() {
  local file
  program=
  # shellcheck disable=SC2013  # names in /proc have no blanks
  for file in $(grep -lzxF -- "$1/$shards" /proc/[0-9]*/cmdline 2>/dev/null); do
    grep -qzxF -- "$folder/sweep.yaml" "$file" 2>/dev/null || continue
    program="${file#/proc/}"
    program="${program%/cmdline}"
    return 0
  done
  return 1
}

# Points a stopped program has committed, counted in a copy: nothing touches its files.
committed_points() {
  local look="$work/look$1"
  rm -rf "$look"
  mkdir "$look"
  cp "$work/node/olivine-$job-000$1.db"* "$look" 2>/dev/null || true
  points_in "$look/olivine-$job-000$1.db" 2>/dev/null || true
}

# Stops the program of a shard when some of its points, but not all, are committed. Until then it
# gets a few milliseconds at a time, so that the moment is not missed on a fast machine.
stop_midway() {
  local deadline=$((SECONDS + 60))
  wait_for 40 "task of shard $1" find_program "$1"
  kill -STOP "$program"
  until (($(committed_points "$1") >= 10)); do
    ((SECONDS < deadline)) || fail "no commit of shard $1"
    kill -CONT "$program" 2>/dev/null || fail "shard $1 ended too early"
    sleep 0.001
    kill -STOP "$program" 2>/dev/null || fail "shard $1 ended too early"
    sleep 0.05
  done
}

# As when the node's memory is full: nothing has time to save anything.
kill_task() {
  stop_midway "$killed"
  kill -9 "$(sed -n 's/^PPid:\s*//p' "/proc/$program/status")"
  kill -9 "$program"
}

cancel_task() {
  stop_midway "$cancelled"
  timeout 10 scancel "${job}_$cancelled"
  kill -CONT "$program"
}

summary() { timeout 60 "$olivine" sweep status "$folder" 2>/dev/null | tail -n 1; }
says_summary() { [[ "$(summary)" == "$1"* ]]; }

submit() {
  "$olivine" sweep submit sweep.yaml --slurm "$folder" --shards "$shards" --memory 100M \
    --time 5 --node-folder "$work/node" >"$work/submit.txt"
  job="$(sed -n 's/^job \([0-9]*\):.*/\1/p' "$work/submit.txt")"
  [[ -n "$job" ]] || fail "no job in: $(cat "$work/submit.txt")"
}

# Points that a shard's last run found in its database.
stored_before() {
  grep -o '[0-9,]* stored before' "$folder/logs/000$1.log" | tail -n 1 | tr -dc '0-9'
}

check_what_is_left() {
  left_killed="$(committed_points "$killed")"
  left_cancelled="$(points_in "$folder/shards/000$cancelled.partial.db")"
  ((left_killed > 0)) || fail "the killed task committed nothing"
  ((left_cancelled > 0)) || fail "the cancelled task saved nothing"
  [[ ! -e "$work/node/olivine-$job-000$cancelled.db" ]] || fail "a saved database stayed"
}

check_merge_refuses() {
  local status=0
  "$olivine" sweep merge "$folder" --output "$work/early.db" >"$work/early.txt" 2>&1 || status=$?
  ((status == 2)) || fail "merging too early: status $status"
  grep -q "2 of $shards shards are not done: 0-1" "$work/early.txt" ||
    fail "merging too early: $(cat "$work/early.txt")"
  [[ ! -e "$work/early.db" ]] || fail "merging too early left a database"
}

write_sweep
run_alone 1 one
run_alone 8 eight
cmp "$work/one.csv" "$work/eight.csv"
passed "$(points_in "$work/one.db") points: one thread and eight export the same bytes"

start_cluster
submit
passed "job $job: $shards shards on $(nproc) cores"
kill_task &
killer=$!
cancel_task &
canceller=$!
wait "$killer" || exit 1
wait "$canceller" || exit 1
passed "shard $killed killed and shard $cancelled cancelled midway"
wait_for 90 "end of the array" says_summary "14 of $shards shards done, 2 failed;"
check_what_is_left
check_merge_refuses
passed "$left_killed points left on the node, $left_cancelled saved; merge refuses 14 of 16 shards"

"$olivine" sweep submit --resubmit --slurm "$folder" | grep -q ': 2 shards$' || fail "resubmission"
wait_for 60 "end of the resubmission" says_summary "$shards of $shards shards done;"
[[ "$(stored_before $killed)" == "$left_killed" ]] || fail "the killed task began anew"
[[ "$(stored_before $cancelled)" == "$left_cancelled" ]] || fail "the cancelled task began anew"
(($(points_in "$folder/shards/000$killed.db") > left_killed)) || fail "it was killed too late"
[[ -z "$(ls "$work/node")" ]] || fail "left on the node: $(ls "$work/node")"
(($(find "$folder/shards" -type f | wc -l) == shards)) || fail "left: $(ls "$folder/shards")"
passed "both went on where they were and lost no point"

# From elsewhere: the spec's paths are from where it was submitted.
cd /
"$olivine" sweep merge "$folder" --output "$work/merged.db" >"$work/merge.txt" 2>&1 ||
  fail "merge: $(cat "$work/merge.txt")"
grep -q '^complete: ' "$work/merge.txt" || fail "merge: $(cat "$work/merge.txt")"
"$olivine" sweep export "$work/merged.db" --output "$work/merged.csv" 2>/dev/null
cmp "$work/one.csv" "$work/merged.csv"
passed "merged and complete; the export has the bytes of a run in one process"
echo "PASSED"
