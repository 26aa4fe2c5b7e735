#!/bin/bash
# Sends the signal $1 (STOP or CONT) to the process of a standby that receives WAL. Run in the server's container.
# Exit codes: 0; 1 when there is no such process.
set -euo pipefail
receiver=$(psql --no-psqlrc -qAtX --dbname postgres --no-password -c 'select pid from pg_stat_wal_receiver')
[ -n "$receiver" ] || { echo 'no process receives WAL' >&2; exit 1; }
kill -s "$1" "$receiver"
