#!/bin/bash
# Patroni runs it before it stops the server. It asks a primary to end and waits until its process has, for up to a second:
# Patroni itself would look for the first time a second after it asked. Exit code 0, whatever came of it: Patroni stops what is left.
set -u
[ ! -e "$PGDATA/standby.signal" ] || exit 0
read -r process 2>/dev/null <"$PGDATA/postmaster.pid" || exit 0
kill -INT "$process" 2>/dev/null || exit 0
# Not until its pid file is gone: the process outlives that.
for _ in {1..100}; do
  [ -e "/proc/$process" ] || exit 0
  sleep 0.01
done
