# shellcheck shell=bash
# What the server is started with besides the mounted configuration. Sourced.
# Needs: PGDATA PGHERD_STORAGE_SIZE, names.sh data.sh connect.sh, `member`
: "${member:?}"

server_options=(-c config_file=/etc/pgherd/config/postgresql.conf -c hba_file=/etc/pgherd/config/pg_hba.conf)

# A quarter of the volume, in MB: what slots of standbys that are away may keep before they are given up, so that
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

# Writes the part of the configuration that differs between members; postgresql.conf includes it.
write_member_conf() {
  local bound primary
  bound=$(slot_bound)
  primary=$(primary_member)
  {
    echo "cluster_name = '$(pod_of "$member")'"
    echo "max_slot_wal_keep_size = '${bound}MB'"
    if [ "$member" != "$primary" ]; then
      echo "primary_conninfo = '$(primary_conninfo)'"
      echo "primary_slot_name = '$(slot_of "$member")'"
    fi
  } >/run/pgherd/member.conf.new
  mv /run/pgherd/member.conf.new /run/pgherd/member.conf
}

# Becomes the server.
serve() { exec postgres -D "$PGDATA" "${server_options[@]}"; }

# Starts a server on the directory $1 that only the socket folder $2 leads to.
start_private_server() {
  mkdir -p "$2"
  run pg_ctl --pgdata "$1" --wait --timeout 300 start \
    --options "${server_options[*]} -c listen_addresses= -c unix_socket_directories=$2"
}
