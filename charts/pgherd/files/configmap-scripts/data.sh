# shellcheck shell=bash
# The member's volume: its lock, its data directory, and how one directory takes another's place. Sourced.
#
# $PGDATA exists only as a whole: it is made beside itself and renamed when it is complete and verified. These names
# stand beside it: .new (being made, worth nothing), .ready (complete, about to take its place), .old (replaced).
# Needs: PGDATA, names.sh

marker=$PGDATA/pgherd.complete

# One process tree at a time works on a volume, whatever container it is in. The server inherits the open file, so the
# lock lasts until its last process has ended. A PID file would say nothing across containers.
# Takes the lock; fails when it was in use for $1 seconds.
lock_volume() {
  local deadline=$((SECONDS + $1)) file=${PGDATA%/*}/.pgherd.lock
  exec 9>>"$file" || die "cannot write to the volume: $file"
  until flock -n 9; do
    ((SECONDS < deadline)) || return 1
    run sleep 1
  done
}

unlock_volume() { exec 9>&-; }

# Ends a replacement that was interrupted, in the direction that loses nothing. The caller holds the lock.
settle_data() {
  if [ -e "$PGDATA.ready" ]; then swap_data; fi
  if [ -e "$PGDATA.old" ] && [ ! -e "$PGDATA" ]; then mv -T "$PGDATA.old" "$PGDATA"; fi
  if [ -e "$PGDATA" ] && [ ! -e "$marker" ]; then
    die "$PGDATA was not made by pgherd and is left alone. If it is whole, create the file $marker and start again"
  fi
  if [ -e "$PGDATA.old" ]; then flush_volume; fi
  rm -rf "$PGDATA.old" "$PGDATA.new"
}

# Puts $PGDATA.ready into the place of $PGDATA, if there is one.
swap_data() {
  [ -e "$PGDATA.ready/pgherd.complete" ] || die "$PGDATA.ready is not complete: it is left alone, as is $PGDATA"
  if [ -e "$PGDATA" ]; then
    rm -rf "$PGDATA.old"
    mv -T "$PGDATA" "$PGDATA.old"
  fi
  mv -T "$PGDATA.ready" "$PGDATA"
  flush_volume
  rm -rf "$PGDATA.old"
}

# Declares $PGDATA.new complete, with the facts to be kept about it, and puts it in place.
accept_new_data() {
  printf '%s\n' "$@" "at=$(date -u +%FT%TZ)" >"$PGDATA.new/pgherd.complete"
  chmod 0700 "$PGDATA.new"
  flush_volume
  mv -T "$PGDATA.new" "$PGDATA.ready"
  swap_data
}

# What was written and renamed so far is on the disk when this returns; fails where it could not be written.
flush_volume() { sync -f "${PGDATA%/*}"; }

has_data() { [ -e "$marker" ]; }

# A server never opens the data of another major version.
check_version() {
  local data program
  data=$(cat "$PGDATA/PG_VERSION")
  program=$(postgres --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
  [ "$data" = "$program" ] || die "the data is of PostgreSQL $data, this image has $program: nothing was changed. \
Set postgres.version back to $data; moving to $program needs pg_upgrade or a dump"
}

system_identifier() { pg_controldata "$1" | sed -n 's/^Database system identifier: *//p'; }

# Runs a long command so that a stop signal ends it at once: process 1 has no default reaction to signals, and bash
# runs a trap only between commands.
child=
run() {
  local code=0
  "$@" &
  child=$!
  wait "$child" || code=$?
  child=
  return "$code"
}

# The container's other processes end with this one, and with the last of them the lock.
stop_child() {
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
  exit 143
}
trap stop_child INT TERM
