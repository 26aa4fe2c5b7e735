#!/bin/bash
# Startup and liveness probe: the server answers, even if only to say that it is starting or full.
# Asked over TCP, because the server of the first initialisation has no TCP address and must not count.
# Exit codes: 0 alive, 1 no answer.
set -eu
code=0
pg_isready -q -t 4 -h "${PGHERD_ADDRESS:-127.0.0.1}" -U "$PGUSER" || code=$?
[ "$code" -le 1 ]
