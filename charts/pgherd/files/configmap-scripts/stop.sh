#!/bin/bash
# Runs before the stop signal, as a pod's preStop. A server that lets no session in yet, because it starts or recovers, is stopped
# at once: its next start begins with the same WAL, and a recovery that was told to end in order was seen to end only when its pod
# was killed, minutes later.
# Exit code 0, whatever came of it: the signal comes next.
set -u
# One that is stopping already goes on with that: another member may be waiting for its last record.
[[ "$(sed -n 8p "$PGDATA/postmaster.pid" 2>/dev/null)" != stopping* ]] || exit 0
code=0
pg_isready -q -t 1 -h "${PGHERD_ADDRESS:-127.0.0.1}" -U "$PGUSER" || code=$?
if [ "$code" = 1 ]; then pg_ctl --pgdata "$PGDATA" --mode immediate --no-wait --silent stop || true; fi
