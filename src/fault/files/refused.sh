#!/bin/bash
# Tries a password that must be refused. Run in the client pod. $1: host, $2: role, $3: database; on stdin, a line: the password.
# Exit codes: 0 let in; psql's where not, with its words on stderr.
set -euo pipefail
IFS= read -r password
file=${PGHERD_ROOT:-}/run/pgherd/refused
trap 'rm -f "$file"' EXIT
(umask 077 && printf '*:*:*:*:%s\n' "$password" >"$file")
# Where names are not known, PGHERD_HOSTS tells addresses.
address=$(awk -v name="$1" '$2 == name { print $1; exit }' "${PGHERD_HOSTS:-/dev/null}")
PGPASSFILE=$file psql --no-psqlrc --quiet --no-password --dbname "host=$1${address:+ hostaddr=$address} user=$2 dbname=$3 connect_timeout=5" --command 'select 1'
