#!/bin/bash
# Writes numbered rows through several addresses at once, and keeps what was acknowledged. Run in the client pod.
#
#   writer.sh start HOW USER DATABASE HOST...   begins; returns at once. HOW each: every write in a session of its own; kept:
#     in one that is kept while it answers, as clients with a pool have it, so that a gap of a tenth of a second shows
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

write_each() {
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

# A session that is not there after 0.3 s is given up, as by a client that knows its network; one that has not answered for 10 s, too.
write_kept() {
  local number=0 outcome session answer process to from
  session=$(reach "$1")
  mkfifo "$folder/to-$1" "$folder/from-$1"
  while [ ! -e "$folder/stop" ]; do
    psql --no-psqlrc --quiet --no-align --tuples-only --no-password --set ON_ERROR_STOP=1 \
      --dbname "$session user=$2 dbname=$3 connect_timeout=2" <"$folder/to-$1" >"$folder/from-$1" 2>>"$folder/errors" &
    process=$!
    exec {to}>"$folder/to-$1" {from}<"$folder/from-$1"
    outcome=failed
    if echo "select 'ready';" >&"$to" && read -r -t 0.3 -u "$from" answer && [ "$answer" = ready ]; then
      outcome=acked
    fi
    while [ "$outcome" = acked ] && [ ! -e "$folder/stop" ]; do
      number=$((number + 1)) outcome=failed
      if echo "insert into pgherd_ledger values ('$1', $number) returning 'has $number';" >&"$to" &&
        read -r -t 10 -u "$from" answer && [ "$answer" = "has $number" ]; then
        outcome=acked
      fi
      printf '%s %s %s %s\n' "$1" "$number" "$outcome" "$EPOCHREALTIME" >>"$folder/attempts"
      read -r -t 0.005 -u "$pause" || true
    done
    exec {to}>&- {from}<&-
    # By SIGKILL nobody is asked to cancel anything.
    { kill -KILL "$process" && wait "$process"; } 2>/dev/null || true
  done
  touch "$folder/ended-$1"
}

command=$1
shift
case $command in
start)
  how=$1 user=$2 database=$3
  shift 3
  rm -rf "$folder"
  mkdir "$folder"
  : >"$folder/attempts"
  # A program that has ended takes no more words. What nobody ever writes to is waited for without a program.
  trap '' PIPE
  exec {pause}<> <(:)
  for host in "$@"; do
    touch "$folder/running-$host"
    "write_$how" "$host" "$user" "$database" </dev/null >/dev/null 2>>"$folder/errors" &
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
