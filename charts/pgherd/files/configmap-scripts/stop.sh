#!/bin/bash
# Runs before the stop signal, as a pod's preStop, and has that signal reach someone. A server that lets no session in yet, because
# it starts or recovers, is stopped at once: its next start begins with the same WAL, and a recovery that was told to end in order
# was seen to end only when its pod was killed, minutes later.
# Exit code 0, whatever came of it: the signal comes next.
# Needs: PGDATA PGUSER, and that the start keeps its process in /run/pgherd/process, and looks for /run/pgherd/told last of all
set -u
run_files=${PGHERD_ROOT:-}/run/pgherd

# Whether the container's first process reacts to a stop signal. SIGTERM (bit 14) is told: a shell has a handler of its own for
# SIGINT that it may not act on, and PostgreSQL's for SIGINT is there before the one for SIGTERM.
reacts() {
  local process name value
  read -r process 2>/dev/null <"$run_files/process" || return 1
  while read -r name value; do
    if [ "$name" = SigCgt: ]; then
      (((0x$value & 0x4000) != 0))
      return
    fi
  done 2>/dev/null <"/proc/$process/status"
  return 1
}

# Waits for that, up to 10 s: on a machine that is busy a start comes late to where it reacts.
await_reaction() {
  for _ in {1..200}; do
    if reacts; then return; fi
    sleep 0.05
  done
}

# One that is stopping already goes on with that: another member may be waiting for its last record.
[[ "$(sed -n 8p "$PGDATA/postmaster.pid" 2>/dev/null)" != stopping* ]] || exit 0
# A start that comes to its end now reads this, and becomes no server; one that has looked for it already has the server react
# before the signal is sent. What a life before left goes before a start reacts.
await_reaction
touch "$run_files/told"
await_reaction
code=0
pg_isready -q -t 1 -h "${PGHERD_ADDRESS:-127.0.0.1}" -U "$PGUSER" || code=$?
if [ "$code" = 1 ]; then pg_ctl --pgdata "$PGDATA" --mode immediate --no-wait --silent stop || true; fi
