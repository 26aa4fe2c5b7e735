#!/bin/bash
# Waits until its input ends, which it does when whoever keeps a place of processes is no more; then kills every process that
# works below the folder $1, and removes it.
# Exit codes: 0; 1 where a process cannot be ended.
set -u
folder=${1:?}
cat >/dev/null

# The processes that work below the folder.
workers() {
  local process
  for process in /proc/[0-9]*; do
    if [[ $(readlink "$process/cwd" 2>/dev/null) == "$folder"/* ]]; then echo "${process#/proc/}"; fi
  done
}

# What servers share among the processes $@: numbers of segments, and files.
shared() {
  local process
  for process; do
    awk '$6 ~ /^\/SYSV/ { print $5 } $6 ~ /^\/dev\/shm\/PostgreSQL\.[0-9]+$/ { print $6 }' "/proc/$process/maps" 2>/dev/null
  done
}

# Removes that, and what was kept of servers that were killed before.
release() {
  local one
  for one in "$@" $(cat "$folder/shared-memory" 2>/dev/null); do
    case $one in
    /dev/shm/PostgreSQL.*) rm -f "$one" ;;
    *) ipcrm -m "$one" 2>/dev/null ;;
    esac
  done
}

# A server that is told to end at once takes with it what it shares; also one that was frozen.
mapfile -t left < <(workers)
if ((${#left[@]} > 0)); then
  kill -QUIT "${left[@]}" 2>/dev/null
  kill -CONT "${left[@]}" 2>/dev/null
  for ((look = 0; look < 10 && ${#left[@]} > 0; look++)); do
    sleep 0.05
    mapfile -t left < <(workers)
  done
fi
held=()
for ((look = 0; look < 100; look++)); do
  mapfile -t left < <(workers)
  if ((${#left[@]} == 0)); then
    release "${held[@]}"
    rm -rf "$folder"
    exit 0
  fi
  mapfile -t -O "${#held[@]}" held < <(shared "${left[@]}")
  kill -KILL "${left[@]}" 2>/dev/null
  sleep 0.1
done
exit 1
