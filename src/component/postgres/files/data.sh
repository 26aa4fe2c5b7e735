# shellcheck shell=bash
# The member's volume: its lock, its data directory, and how one directory takes another's place. Sourced.
#
# $PGDATA exists only as a whole: it is made beside itself and renamed when it is complete and verified. These names
# stand beside it: .new (being made, worth nothing), .ready (complete, about to take its place), .old (replaced).
#
# Where WAL has a volume of its own, pg_wal is a link to a directory there, wal.NUMBER. Each data directory has another,
# which is never renamed: it takes the other's place with its data directory, and goes after it.
# Needs: PGDATA, PGHERD_WAL_VOLUME where there is such a volume, names.sh

marker=$PGDATA/pgherd.complete
wal_volume=${PGHERD_WAL_VOLUME:-}
# A copy of the marker: this volume holds the WAL of complete data.
wal_marker=$wal_volume/pgherd.complete

# One process tree at a time works on a member's volumes, whatever container it is in. The server inherits the open
# files, so the locks last until its last process has ended. A PID file would say nothing across containers.
# Takes the locks; fails when it was in use for $1 seconds.
lock_volume() {
  local deadline=$((SECONDS + $1)) file=${PGDATA%/*}/.pgherd.lock
  exec 9>>"$file" || die "cannot write to the volume: $file"
  if [ -n "$wal_volume" ]; then
    exec 8>>"$wal_volume/.pgherd.lock" || die "cannot write to the volume for WAL: $wal_volume"
  fi
  until flock -n 9 && { [ -z "$wal_volume" ] || flock -n 8; }; do
    ((SECONDS < deadline)) || return 1
    run sleep 1
  done
}

unlock_volume() { exec 9>&- 8>&-; }

# Ends a replacement that was interrupted, and gives up what is left of others. Data of somebody else is left alone. The caller
# holds the lock.
settle_data() {
  end_swap
  if [ -e "$PGDATA" ] && [ ! -e "$marker" ]; then
    die "$PGDATA was not made by pgherd and is left alone. If it is whole, create the file $marker and start again"
  fi
  drop_remains
  settle_wal
}

# Ends a replacement that was interrupted, in the direction that loses nothing.
end_swap() {
  if [ -e "$PGDATA.ready" ]; then swap_data; fi
  if [ -e "$PGDATA.old" ] && [ ! -e "$PGDATA" ]; then mv -T "$PGDATA.old" "$PGDATA"; fi
}

# Gives up what was replaced, and what never became complete.
drop_remains() {
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
  settle_wal
}

# Gives up WAL whose data directory is gone. Data whose WAL is gone is of use only where it can be copied anew: a standby
# does that beside it.
settle_wal() {
  [ -e "$PGDATA" ] || return 0
  if [ -L "$PGDATA/pg_wal" ] && [ ! -e "$PGDATA/pg_wal" ]; then
    [ -e "$PGDATA/standby.signal" ] || die "the volume for WAL was lost or replaced: $(readlink "$PGDATA/pg_wal") is not \
there, and with it what was written last. Promote a standby, or restore the volume; nothing was changed"
    log "the volume for WAL was lost or replaced: this data cannot be used, and is copied anew"
    touch "$PGDATA/pgherd.stale"
    return
  fi
  [ -n "$wal_volume" ] || return 0
  drop_unused_wal
  # Written once: a volume that is full must not keep a server from starting.
  cmp -s "$marker" "$wal_marker" || cp "$marker" "$wal_marker"
}

# Removes the WAL of data directories that are no longer there.
drop_unused_wal() {
  local directory name used=$'\n'
  for name in '' .ready .old; do used+=$(readlink "$PGDATA$name/pg_wal" || true)$'\n'; done
  # `wal` is that of a first data directory of Patroni's.
  for directory in "$wal_volume"/wal "$wal_volume"/wal.*; do
    [[ $used == *$'\n'"$directory"$'\n'* ]] || rm -rf "$directory"
  done
}

# Sets the caller's `wal_options`, by which initdb and pg_basebackup put the WAL of $PGDATA.new on the volume for it.
place_wal() {
  local number=1
  wal_options=()
  [ -n "$wal_volume" ] || return 0
  drop_unused_wal
  while [ -e "$wal_volume/wal.$number" ]; do number=$((number + 1)); done
  # shellcheck disable=SC2034 # the caller's
  wal_options=(--waldir "$wal_volume/wal.$number")
}

# WAL without data is what the loss of the other volume leaves: no new cluster takes its place.
refuse_beside_wal() {
  [ -z "$wal_volume" ] || [ ! -e "$wal_marker" ] || die "refusing to make a new cluster: the volume for WAL is that of \
one ($(tr '\n' ' ' <"$wal_marker")). The volume of its data was lost or replaced: restore it, or delete both; \
nothing was changed"
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
flush_volume() { sync -f "${PGDATA%/*}" ${wal_volume:+"$wal_volume"}; }

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
