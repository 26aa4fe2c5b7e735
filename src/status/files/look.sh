#!/bin/bash
# What a member's container knows: the fuller of its volumes on the first line, as df prints it; the certificate that its
# server was given and the authority it came with on the next two, with `|` for line breaks; whether it has data; whether
# its Secret has the exporters' password; and its server in what follows.
# Run by `pgherd status` through the API; changes nothing. $1: the SQL. Exit code: that of psql.
set -u
printf 'disk %s\n' "$(df -Pk "${PGDATA%/*}" ${PGHERD_WAL_VOLUME:+"$PGHERD_WAL_VOLUME"} 2>/dev/null | tail -n +2 | sort -n -k 5,5 | tail -n 1)"
for file in tls.crt ca.crt; do
  { text=$(<"${PGHERD_ROOT:-}/etc/pgherd/tls/$file"); } 2>/dev/null || text=
  printf '%s %s\n' "$file" "${text//$'\n'/|}"
done
printf 'data %s\n' "$([ -e "$PGDATA" ] && echo there || echo none)"
printf 'metrics %s\n' "$([ -s "${PGHERD_ROOT:-}/etc/pgherd/credentials/metrics" ] && echo there || echo none)"
PGCONNECT_TIMEOUT=5 PGOPTIONS='-c statement_timeout=5000 -c lock_timeout=1000' \
  exec psql --no-psqlrc --quiet --no-align --tuples-only --no-password \
  --set=ON_ERROR_STOP=1 --dbname=postgres --command="$1"
