#!/bin/bash
# `helm test`: writes a row through the primary's Service, and waits until the standbys' Service shows it.
# Needs: PRIMARY STANDBYS (hosts) PGUSER PGDATABASE PGPASSFILE, and the user's password in the file $PASSWORD_FILE
#
# Exit codes: 0 when the row was read on a standby; 1 with what was seen last when it was not in time.
# Touches no table but its own, which is dropped at the end, and first where an earlier run was cut off.
set -euo pipefail

seconds=60
table=pgherd_helm_test
row=$HOSTNAME-$EPOCHSECONDS
# No single question hangs: a write waits for ever where a synchronous standby is asked for and none is there.
export PGCONNECT_TIMEOUT=5 PGOPTIONS='-c statement_timeout=10s'

# libpq reads a password file only if nobody else may. A backslash keeps colons and backslashes of the password from
# being read as separators.
write_passfile() (
  umask 077
  printf '*:*:*:%s:%s\n' "$PGUSER" "$(sed 's/[\\:]/\\&/g' "$PASSWORD_FILE")" >"$PGPASSFILE"
)

# Runs the SQL $2 on the host $1; prints bare values.
ask() { psql --no-password -qAtX -v ON_ERROR_STOP=1 -h "$1" -c "$2"; }

# Repeats the SQL $3 on the host $2 until it prints $4; gives up, as the attempt to $1, with what was seen last.
until_seen() {
  local deadline=$((SECONDS + seconds)) seen=
  until seen=$(ask "$2" "$3" 2>&1) && [ "$seen" = "$4" ]; do
    if ((SECONDS >= deadline)); then
      echo "failed to $1 on $2 within $seconds s; last seen: ${seen:-nothing}" >&2
      return 1
    fi
    sleep 1
  done
  echo "$1 on $2: done"
}

write_passfile
trap 'ask "$PRIMARY" "drop table if exists $table" || echo "table $table may be left behind" >&2' EXIT
until_seen 'write a row' "$PRIMARY" "
  set client_min_messages = warning;
  drop table if exists $table;
  create table $table (mark text);
  insert into $table values ('$row') returning mark" "$row"
# A server that is no standby would show the row, too.
until_seen 'read the row' "$STANDBYS" "select mark from $table where pg_is_in_recovery() and mark = '$row'" "$row"
