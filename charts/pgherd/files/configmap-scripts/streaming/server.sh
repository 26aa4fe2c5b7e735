# shellcheck shell=bash
# What the server is started with besides the mounted configuration. Sourced.
# Needs: PGDATA PGHERD_STORAGE_SIZE, names.sh connect.sh, `member`; data.sh to start a private server
: "${member:?}" "${credentials:?}" "${certificate:?}" "${cluster_facts:?}" "${run_files:?}" "${root?}"

server_options=(-c "config_file=$root/etc/pgherd/config/postgresql.conf" -c "hba_file=$root/etc/pgherd/config/pg_hba.conf")

# The size of the volume that WAL is on, in MB.
volume_size() {
  local number=${PGHERD_STORAGE_SIZE%[MGT]i}
  case $PGHERD_STORAGE_SIZE in
  *Mi) ;;
  *Gi) number=$((number * 1024)) ;;
  *Ti) number=$((number * 1024 * 1024)) ;;
  *) die "storage size $PGHERD_STORAGE_SIZE is not in Mi, Gi or Ti" ;;
  esac
  echo "$number"
}

# What slots of standbys that are away may keep before they are given up, so that a standby that is down cannot fill the
# primary's volume of $1 MB: a quarter.
slot_bound() { echo $(($1 / 4)); }

# WAL between two checkpoints, on a volume of $1 MB: PostgreSQL's own 1 GB, and on small volumes half of what slots may
# keep. A server that crashed has the slots of its last checkpoint, and would give up all that are further behind than
# their bound: every standby would copy its data anew.
checkpoint_bound() { echo $(($1 / 8 < 1024 ? $1 / 8 : 1024)); }

# What a commit waits for while this member leads: one of the others, by name. In quotes: a bare hyphen would keep the
# server from starting. Never `*`, by which anything that receives WAL would count.
synchronous_standbys() {
  local durability others other names=
  durability=$(durability) || return 1
  others=$(others_than "$member") || return 1
  for other in $others; do names+=${names:+,}\"$(pod_of "$other")\"; done
  [ -n "$names" ] || return 0
  case $durability in
  sync) printf 'FIRST 1 (%s)' "$names" ;;
  quorum) printf 'ANY 1 (%s)' "$names" ;;
  esac
}

# Runs SQL on the member $1 as the replication role; prints bare values.
ask_member() {
  local conninfo
  conninfo=$(conninfo_to "$1" "$(pod_of "$member")-asks") || return 1
  psql --no-password -qAtX -v ON_ERROR_STOP=1 "$conninfo dbname=postgres" -c "$2"
}

# The one other member that takes writes, as SET-ORDINAL; nothing where none does, or two do.
writing_member() {
  local all other writing=
  all=$(others_than "$member") || return 1
  for other in $all; do
    pg_isready -q -t 1 -d "$(reach "$other")" || continue
    [ "$(ask_member "$other" 'select pg_is_in_recovery()' 2>/dev/null)" = f ] || continue
    [ -z "$writing" ] || return 0
    writing=$other
  done
  printf '%s' "$writing"
}

# Whom this member follows. One that is to lead and was not promoted yet goes on with whoever takes writes meanwhile, or with
# whom it followed: a pod that is new does not know that any more.
followed() {
  local primary
  primary=$(primary_member) || return 1
  if [ "$member" = "$primary" ]; then
    [ -e "$PGDATA/standby.signal" ] || return 0
    primary=$(writing_member)
  fi
  if [ -n "$primary" ]; then
    echo "primary_conninfo = '$(conninfo_to "$primary" "$(pod_of "$member")")'"
    echo "primary_slot_name = '$(slot_of "$member")'"
  elif [ -e "$run_files/member.conf" ]; then
    grep -E '^primary_(conninfo|slot_name) = ' "$run_files/member.conf" || true
  fi
}

# What is different where the member is no container: its address is its own, and so are its paths.
placed() {
  [ -n "$root" ] || return 0
  echo "listen_addresses = '$PGHERD_ADDRESS'"
  echo "unix_socket_directories = '$PGHOST'"
  echo "ssl_cert_file = '$certificate/tls.crt'"
  echo "ssl_key_file = '$certificate/tls.key'"
}

# Writes the part of the configuration that differs between members; postgresql.conf includes it. What a server does not
# need in the role that it has, it ignores until the other one is given to it.
write_member_conf() {
  local volume synchronous followed
  volume=$(volume_size)
  synchronous=$(synchronous_standbys)
  followed=$(followed)
  {
    echo "cluster_name = '$(pod_of "$member")'"
    echo "max_slot_wal_keep_size = '$(slot_bound "$volume")MB'"
    echo "max_wal_size = '$(checkpoint_bound "$volume")MB'"
    echo "synchronous_standby_names = '$synchronous'"
    if [ -n "$followed" ]; then echo "$followed"; fi
    placed
  } >"$run_files/member.conf.new"
  mv "$run_files/member.conf.new" "$run_files/member.conf"
}

# Says something in the container's log, also in a probe that succeeds, whose words the kubelet drops.
tell() {
  local container_log=${PGHERD_CONTAINER_LOG:-/proc/1/fd/2}
  if [ -w "$container_log" ]; then log "$@" 2>>"$container_log"; else log "$@"; fi
}

# Runs SQL on this member's own server; prints bare values.
ask_self() { psql --no-psqlrc -qAtX --dbname postgres --no-password -v ON_ERROR_STOP=1 -c "$1"; }

# What the server and the password file were made from, as it is now: the kubelet replaces all files of a Secret or
# ConfigMap at once, by a link.
sources_now() { readlink "$credentials/..data" "$certificate/..data" "$cluster_facts/..data" || true; }

remember_sources() { sources_now >"$run_files/sources"; }

# Has the password file hold what the server takes. While passwords are rotated the Secret has the next ones beside those
# of now (`superuser.next`), and for a moment nobody but the server knows which are in use: those by which the superuser
# is let in. Where neither are, as on a standby that has still to replay the change, the superuser's row stays.
choose_passwords() {
  local next superuser replication
  for next in '' .next; do
    [ -e "$credentials/superuser$next" ] || continue
    superuser=$(passfile_row "$PGUSER" "superuser$next") || return 1
    replication=$(passfile_row "$PGHERD_REPLICATOR" "replication$next") || return 1
    put_passfile "$PGPASSFILE.tried$$" "$superuser" "$replication"
    if PGPASSFILE=$PGPASSFILE.tried$$ psql --no-psqlrc -qAtX --dbname postgres --no-password -c 'select 1' >/dev/null 2>&1; then
      mv "$PGPASSFILE.tried$$" "$PGPASSFILE"
      return
    fi
    rm -f "$PGPASSFILE.tried$$"
  done
  tell "the server does not let the superuser in by the Secret's password: trying the one of before"
  superuser=$(head -n 1 "$PGPASSFILE")
  replication=$(passfile_row "$PGHERD_REPLICATOR" replication) || return 1
  put_passfile "$PGPASSFILE" "$superuser" "$replication"
}

# Where one of them has changed: the password file and the member's configuration anew, and the server reads both and its
# certificate again. No session ends. One at a time: the readiness probe and follow.sh may both come.
follow_sources() {
  local now
  exec 8>"${PGPASSFILE%/*}/follow.lock"
  flock -w 10 8 || die "another process works on the configuration of this member"
  now=$(sources_now)
  if [ "$now" != "$(cat "$run_files/sources")" ]; then
    choose_passwords
    write_member_conf
    ask_self 'select pg_reload_conf()' >/dev/null
    echo "$now" >"$run_files/sources"
  fi
  # Not kept by one that goes on waiting, as follow.sh does: others have something to write, too.
  exec 8>&-
}

# Has a standby start with no less than its primary had when it wrote the WAL that is still to be replayed: with less it
# does not start, and so never gets to the record by which the primary has less. Such settings are lowered on the primary
# first, but a start may come in between. https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN
raise_tracked_settings() {
  local name label had has control
  control=$(pg_controldata "$PGDATA")
  while read -r name label; do
    had=
    if [[ $'\n'$control =~ $'\n'"$label setting:"\ *([0-9]+) ]]; then had=${BASH_REMATCH[1]}; fi
    has=$(postgres -C "$name" -D "$PGDATA" "${server_options[@]}")
    [[ $had =~ ^[0-9]+$ && $has =~ ^[0-9]+$ ]] || die "cannot tell what $name is here ('$has') and was on the primary ('$had')"
    if ((had > has)); then
      log "$name is $had until the next start, not $has: the primary had more when it wrote what is to be replayed"
      server_options+=(-c "$name=$had")
    fi
  done <<'END'
max_connections max_connections
max_worker_processes max_worker_processes
max_wal_senders max_wal_senders
max_prepared_transactions max_prepared_xacts
max_locks_per_transaction max_locks_per_xact
END
}

# Becomes the server, unless it was told to stop: a signal between a shell's last look at its traps and the server's own handlers
# would be nobody's. stop.sh, which comes before the signal, has left word or sees that there is no trap any more, and waits.
serve() {
  trap - INT TERM
  [ ! -e "$run_files/told" ] || exit 143
  exec postgres -D "$PGDATA" "${server_options[@]}"
}

# Starts a server on the directory $1 that only the socket folder $2 leads to.
start_private_server() {
  mkdir -p "$2"
  run pg_ctl --pgdata "$1" --wait --timeout 300 start \
    --options "${server_options[*]} -c listen_addresses= -c unix_socket_directories=$2 -c synchronous_standby_names="
}
