#!/bin/bash
# Writes numbered rows through several addresses at once, and keeps what was acknowledged. Run in the client pod.
#
#   writer.sh start USER DATABASE HOST...   begins; returns at once
#   writer.sh show                          prints a line per attempt: HOST NUMBER acked|failed SECONDS
#   writer.sh stop                          ends, and prints the same
#
# A number is never tried again: after a failure nobody knows whether its row is there. An attempt that takes too long
# is ended without asking the server to cancel it: a cancelled wait for a standby counts as a commit.
# Exit codes: 0; 1 when the writers do not end.
set -euo pipefail
folder=${PGHERD_ROOT:-}/run/pgherd/ledger

# How a host is reached, as words of a connection string: where its name is not known, PGHERD_HOSTS tells its address.
reach() {
  local address
  address=$(awk -v name="$1" '$2 == name { print $1; exit }' "${PGHERD_HOSTS:-/dev/null}")
  printf 'host=%s%s' "$1" "${address:+ hostaddr=$address}"
}

attempt() {
  timeout 5 psql --no-psqlrc --quiet --no-password --set ON_ERROR_STOP=1 \
    --dbname "$5 user=$2 dbname=$3 connect_timeout=2 tcp_user_timeout=3000" \
    --command "insert into pgherd_ledger values ('$1', $4)"
}

write() {
  local number=0 outcome session
  session=$(reach "$1")
  while [ ! -e "$folder/stop" ]; do
    number=$((number + 1)) outcome=acked
    attempt "$1" "$2" "$3" "$number" "$session" >/dev/null 2>>"$folder/errors" || outcome=failed
    printf '%s %s %s %s\n' "$1" "$number" "$outcome" "$EPOCHREALTIME" >>"$folder/attempts"
    if [ "$outcome" = failed ]; then sleep 0.05; fi
  done
  touch "$folder/ended-$1"
}

command=$1
shift
case $command in
start)
  user=$1 database=$2
  shift 2
  rm -rf "$folder"
  mkdir "$folder"
  : >"$folder/attempts"
  for host in "$@"; do
    touch "$folder/running-$host"
    write "$host" "$user" "$database" </dev/null >/dev/null 2>&1 &
  done
  ;;
show) cat "$folder/attempts" ;;
stop)
  touch "$folder/stop"
  for running in "$folder"/running-*; do
    until [ -e "${running/running-/ended-}" ]; do
      ((SECONDS < 15)) || exit 1
      sleep 0.1
    done
  done
  cat "$folder/attempts"
  ;;
esac
