# shellcheck shell=bash
# The member's volume: its lock, its data directory, and how one directory takes another's place. Sourced.
#
# $PGDATA exists only as a whole: it is made beside itself and renamed when it is complete and verified. These names
# stand beside it: .new (being made, worth nothing), .ready (complete, about to take its place), .old (replaced).
# Needs: PGDATA, names.sh

marker=$PGDATA/pgherd.complete

# One process tree at a time works on a volume, whatever container it is in. The server inherits the open file, so the
# lock lasts until its last process has ended. A PID file would say nothing across containers.
lock_volume() {
  exec 9>>"${PGDATA%/*}/.pgherd.lock"
  flock -w "$1" 9
}

unlock_volume() { exec 9>&-; }

# Ends a replacement that was interrupted, in the direction that loses nothing. The caller holds the lock.
settle_data() {
  if [ -e "$PGDATA.ready" ]; then swap_data; fi
  if [ -e "$PGDATA.old" ] && [ ! -e "$PGDATA" ]; then mv "$PGDATA.old" "$PGDATA"; fi
  rm -rf "$PGDATA.old" "$PGDATA.new"
  if [ -e "$PGDATA" ] && [ ! -e "$marker" ]; then
    die "$PGDATA was not made by pgherd and is left alone. If it is whole, create the file $marker and start again"
  fi
}

# Puts $PGDATA.ready into the place of $PGDATA, if there is one.
swap_data() {
  if [ -e "$PGDATA" ]; then
    rm -rf "$PGDATA.old"
    mv "$PGDATA" "$PGDATA.old"
  fi
  mv "$PGDATA.ready" "$PGDATA"
  sync
  rm -rf "$PGDATA.old"
}

# Declares $PGDATA.new complete, with the facts to be kept about it, and puts it in place.
accept_new_data() {
  printf '%s\n' "$@" "at=$(date -u +%FT%TZ)" >"$PGDATA.new/pgherd.complete"
  chmod 0700 "$PGDATA.new"
  sync
  mv "$PGDATA.new" "$PGDATA.ready"
  swap_data
}

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
  "$@" &
  child=$!
  wait "$child"
  child=
}

stop_child() {
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
  exit 143
}
trap stop_child INT TERM
