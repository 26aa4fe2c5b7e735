# shellcheck shell=bash
# How this member reaches another: the password file, connection strings, and questions to the primary. Sourced.
# Needs: PGHERD_REPLICATOR PGPASSFILE, names.sh, `member`
: "${member:?}"

credentials=/etc/pgherd/credentials

# Writes the password file. In memory, mode 0600: libpq ignores one that others may read, and a mounted Secret is
# always readable by the volume's group.
write_passfile() {
  local user file
  (
    umask 077
    for user in "$PGUSER:superuser" "$PGHERD_REPLICATOR:replication"; do
      file=$credentials/${user#*:}
      [ -r "$file" ] || continue
      # A backslash keeps colons and backslashes of a password from being read as separators.
      printf '*:*:*:%s:%s\n' "${user%:*}" "$(sed 's/[\\:]/\\&/g' "$file")"
    done >"$PGPASSFILE.new"
  )
  mv "$PGPASSFILE.new" "$PGPASSFILE"
}

# Where the primary is, for the replication role. No password: libpq reads it from the password file at each connect.
primary_conninfo() {
  printf 'host=%s port=5432 user=%s passfile=%s application_name=%s connect_timeout=5 ' \
    "$(host_of "$(primary_member)")" "$PGHERD_REPLICATOR" "$PGPASSFILE" "$(pod_of "$member")"
  printf 'keepalives_idle=10 keepalives_interval=5 keepalives_count=3'
}

# Runs SQL on the primary as the replication role; prints bare values.
ask_primary() { psql --no-psqlrc -qAtX -v ON_ERROR_STOP=1 "$(primary_conninfo) dbname=postgres" -c "$1"; }

# Prints the primary's system identifier.
primary_identifier() {
  psql --no-psqlrc -qAtX "$(primary_conninfo) dbname=postgres replication=true" -c 'IDENTIFY_SYSTEM' | cut -d'|' -f1
}

# Waits until the primary answers; gives up after $1 seconds with what was seen last.
await_primary() {
  local deadline=$((SECONDS + $1)) seen=
  log "waiting for the primary $(pod_of "$(primary_member)")"
  until seen=$(primary_identifier 2>&1) && [ -n "$seen" ]; do
    ((SECONDS < deadline)) || die "the primary did not answer within $1 s; last seen: $seen"
    run sleep 1
  done
}

# Makes sure that the member's slot exists on the primary and holds WAL; succeeds with `lost` printed when it held
# WAL that the primary has since removed; fails when the primary cannot be asked. Reserved at once: a slot otherwise keeps nothing until its first use.
ensure_slot() {
  local slot state
  slot=$(slot_of "$member")
  state=$(ask_primary "select coalesce(wal_status, 'reserved') from pg_replication_slots where slot_name = '$slot'") ||
    return 1
  if [ "$state" = lost ]; then
    ask_primary "select pg_drop_replication_slot('$slot')" >/dev/null || return 1
    echo lost
  fi
  if [ -z "$state" ] || [ "$state" = lost ]; then
    ask_primary "select pg_create_physical_replication_slot('$slot', true)" >/dev/null || return 1
  fi
}
