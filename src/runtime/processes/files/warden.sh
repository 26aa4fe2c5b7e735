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

for ((look = 0; look < 100; look++)); do
  mapfile -t left < <(workers)
  if ((${#left[@]} == 0)); then
    rm -rf "$folder"
    exit 0
  fi
  kill -KILL "${left[@]}" 2>/dev/null
  sleep 0.1
done
exit 1
