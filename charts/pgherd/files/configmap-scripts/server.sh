# shellcheck shell=bash
# What the server is started with besides the mounted configuration. Sourced.
# Needs: PGDATA PGHERD_STORAGE_SIZE PGHERD_STANDBY_SET, names.sh connect.sh, `member`; data.sh to start a private server
: "${member:?}" "${credentials:?}" "${certificate:?}" "${cluster_facts:?}"

server_options=(-c config_file=/etc/pgherd/config/postgresql.conf -c hba_file=/etc/pgherd/config/pg_hba.conf)

# A quarter of the volume that WAL is on, in MB: what slots of standbys that are away may keep before they are given up, so that
# a standby that is down cannot fill the primary's disk.
slot_bound() {
  local number=${PGHERD_STORAGE_SIZE%[MGT]i}
  case $PGHERD_STORAGE_SIZE in
  *Mi) ;;
  *Gi) number=$((number * 1024)) ;;
  *Ti) number=$((number * 1024 * 1024)) ;;
  *) die "storage size $PGHERD_STORAGE_SIZE is not in Mi, Gi or Ti" ;;
  esac
  echo $((number / 4))
}

# What a commit on the primary waits for: one of the standbys, by name. In quotes: a bare hyphen would keep the server
# from starting. Never `*`, by which anything that receives WAL would count.
synchronous_standbys() {
  local durability standbys ordinal names=
  durability=$(durability) || return 1
  standbys=$(standby_count) || return 1
  for ((ordinal = 0; ordinal < standbys; ordinal++)); do
    names+=${names:+,}\"$(pod_of "$PGHERD_STANDBY_SET-$ordinal")\"
  done
  [ -n "$names" ] || return 0
  case $durability in
  sync) printf 'FIRST 1 (%s)' "$names" ;;
  quorum) printf 'ANY 1 (%s)' "$names" ;;
  esac
}

# Writes the part of the configuration that differs between members; postgresql.conf includes it.
write_member_conf() {
  local bound primary synchronous
  bound=$(slot_bound)
  primary=$(primary_member)
  synchronous=$(synchronous_standbys)
  {
    echo "cluster_name = '$(pod_of "$member")'"
    echo "max_slot_wal_keep_size = '${bound}MB'"
    if [ "$member" != "$primary" ]; then
      echo "primary_conninfo = '$(primary_conninfo)'"
      echo "primary_slot_name = '$(slot_of "$member")'"
    else
      echo "synchronous_standby_names = '$synchronous'"
    fi
  } >/run/pgherd/member.conf.new
  mv /run/pgherd/member.conf.new /run/pgherd/member.conf
}

# What the server and the password file were made from, as it is now: the kubelet replaces all files of a Secret or
# ConfigMap at once, by a link.
sources_now() { readlink "$credentials/..data" "$certificate/..data" "$cluster_facts/..data" || true; }

remember_sources() { sources_now >/run/pgherd/sources; }

# Where one of them has changed: the password file and the member's configuration anew, and the server reads both and its
# certificate again. No session ends.
follow_sources() {
  local now
  now=$(sources_now)
  [ "$now" != "$(cat /run/pgherd/sources)" ] || return 0
  write_passfile
  write_member_conf
  psql --no-psqlrc -qAtX --dbname postgres --no-password -c 'select pg_reload_conf()' >/dev/null
  echo "$now" >/run/pgherd/sources
}

# Becomes the server.
serve() { exec postgres -D "$PGDATA" "${server_options[@]}"; }

# Starts a server on the directory $1 that only the socket folder $2 leads to.
start_private_server() {
  mkdir -p "$2"
  run pg_ctl --pgdata "$1" --wait --timeout 300 start \
    --options "${server_options[*]} -c listen_addresses= -c unix_socket_directories=$2 -c synchronous_standby_names="
}
