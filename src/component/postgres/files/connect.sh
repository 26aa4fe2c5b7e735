# shellcheck shell=bash
# How this member reaches another: the password file, connection strings, and questions to the primary. Sourced.
# Needs: PGHERD_REPLICATOR PGHERD_SSLMODE PGPASSFILE, names.sh, `member`
: "${member:?}" "${root?}"

credentials=$root/etc/pgherd/credentials
certificate=$root/etc/pgherd/tls
# What a server and its scripts keep while they run.
# shellcheck disable=SC2034 # for those that source this
run_files=$root/run/pgherd

# Writes the password file from the Secret's files.
write_passfile() {
  local superuser replication
  superuser=$(passfile_row "$PGUSER" superuser)
  replication=$(passfile_row "$PGHERD_REPLICATOR" replication)
  put_passfile "$PGPASSFILE" "$superuser" "$replication"
}

# Makes the rows $2... the password file $1. In memory, mode 0600: libpq ignores one that others may read, and a mounted
# Secret is always readable by the volume's group. Two probes may be at it at once.
put_passfile() {
  local file=$1
  shift
  rm -f "$file.$$"
  (umask 077 && printf '%s\n' "$@" >"$file.$$")
  mv "$file.$$" "$file"
}

# The password file's row of the role $1, whose password is the Secret's file $2.
passfile_row() {
  local password
  password=$(password_of "$2") || return 1
  passfile_line "$1" "$password"
}

# The password file's row of the role $1 with the password $2.
passfile_line() {
  # A backslash keeps colons and backslashes of a password from being read as separators.
  local password=${2//\\/\\\\}
  printf '*:*:*:%s:%s' "$1" "${password//:/\\:}"
}

# The password in the Secret's file $1, less the line break at its end: each program that reads the file itself takes
# one line of it or all, so what they would read differently is refused.
password_of() {
  local password
  password=$(cat "$credentials/$1") || die "the Secret has no file '$1'"
  [ -n "$password" ] || die "the password in the Secret's file '$1' is empty"
  [[ $password != *[[:cntrl:]]* ]] || die "the password in the Secret's file '$1' has a line break or control character"
  printf '%s' "$password"
}

# Where the primary is, for the replication role, as the member.
primary_conninfo() {
  local name
  name=$(pod_of "$member") || return 1
  conninfo_as "$name"
}

# The same as $1, which the primary shows, and by which commits may be waited for.
conninfo_as() {
  local primary
  primary=$(primary_member) || return 1
  conninfo_to "$primary" "$1"
}

# Where the member $1 is, for the replication role, as $2. No password: libpq reads it from the password file at each
# connect, and the authority by which it checks the other's certificate and name from its file.
conninfo_to() {
  printf '%s port=5432 user=%s passfile=%s application_name=%s connect_timeout=5 ' \
    "$(reach "$1")" "$PGHERD_REPLICATOR" "$PGPASSFILE" "$2"
  printf 'keepalives_idle=10 keepalives_interval=5 keepalives_count=3 sslmode=%s' "$PGHERD_SSLMODE"
  if [ "$PGHERD_SSLMODE" != disable ]; then printf ' sslrootcert=%s/ca.crt' "$certificate"; fi
}

# Runs SQL on the primary as the replication role; prints bare values.
ask_primary() { psql --no-password -qAtX -v ON_ERROR_STOP=1 "$(primary_conninfo) dbname=postgres" -c "$1"; }

# Runs a replication command on the member $1; prints bare values.
ask_sender() {
  local conninfo
  conninfo=$(conninfo_to "$1" "$(pod_of "$member")") || return 1
  psql --no-password -qAtX -v ON_ERROR_STOP=1 "$conninfo dbname=postgres replication=true" -c "$2"
}

# Prints the primary's system identifier.
primary_identifier() {
  local primary
  primary=$(primary_member) || return 1
  ask_sender "$primary" IDENTIFY_SYSTEM | cut -d'|' -f1
}

# Prints the timeline that the member $1 is on.
timeline_of() { ask_sender "$1" IDENTIFY_SYSTEM | cut -d'|' -f2; }

# Ends this script where another member is named as the primary than $1: what was begun with that one comes to nothing, and
# which part this member plays is decided when it starts again.
require_led_by() {
  local now
  now=$(primary_member) || exit 1
  [ "$now" = "$1" ] || die "$(pod_of "$now") was named as the primary meanwhile: starting again"
}

# Waits until the primary $1 answers; gives up after $2 seconds with what was seen last.
await_primary() {
  local deadline=$((SECONDS + $2)) seen=
  log "waiting for the primary $(pod_of "$1")"
  until seen=$(primary_identifier 2>&1) && [ -n "$seen" ]; do
    require_led_by "$1"
    ((SECONDS < deadline)) || die "the primary did not answer within $2 s; last seen: $seen"
    run sleep 1
    write_passfile # passwords may be changed meanwhile
  done
}

# Prints the state of the member's slot on the primary; nothing when there is none. `lost` means that the primary has
# removed WAL that the member still needed.
slot_state() {
  ask_primary "select coalesce(wal_status, 'reserved') from pg_replication_slots where slot_name = '$(slot_of "$member")'"
}

# Whether the primary has removed the WAL from the place $1 on timeline $2 on: without a slot, nothing kept it. A byte of it
# is asked for, by the one program that shows the answer; where there is none, the WAL counts as not gone.
wal_is_gone() {
  local primary conninfo folder=${TMPDIR:-/tmp}/pgherd-asked.$$ segment=$((16#${1%/*} * 256 + (16#${1#*/} >> 24))) gone=1
  primary=$(primary_member) || return 1
  # Not by the member's own name, for which a commit may wait.
  conninfo=$(conninfo_to "$primary" "$(pod_of "$member")-asks") || return 1
  rm -rf "$folder"
  mkdir "$folder"
  # It goes on behind the last segment that it finds. Segments have 16 MB.
  truncate --size 16M "$folder/$(printf '%08X%08X%08X' "$2" $(((segment - 1) / 256)) $(((segment - 1) % 256)))"
  timeout 3 pg_receivewal --directory "$folder" --dbname "$conninfo" --no-loop --no-password \
    --endpos "$(printf '%X/%X' $((segment / 256)) $((segment % 256 * 0x1000000 + 1)))" 2>"$folder.said" || true
  if grep -q 'has already been removed' "$folder.said"; then gone=0; fi
  rm -rf "$folder" "$folder.said"
  return "$gone"
}

# Makes sure that the member's slot exists on the primary and holds WAL from now on: one that is lost never does
# again. Reserved at once: a slot otherwise keeps nothing until its first use. Fails when the primary refuses.
ensure_slot() {
  local slot state
  slot=$(slot_of "$member")
  state=$(slot_state) || return 1
  if [ "$state" = lost ]; then
    ask_primary "select pg_drop_replication_slot('$slot')" >/dev/null || return 1
    state=
  fi
  # It may make the slot by itself meanwhile, as its promotion does.
  [ -n "$state" ] || ask_primary "select pg_create_physical_replication_slot('$slot', true)" >/dev/null ||
    [ -n "$(slot_state)" ]
}
