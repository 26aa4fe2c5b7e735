# shellcheck shell=bash
# Makes the first data directory of a cluster. Sourced by the primary's start when its volume is empty; the caller
# holds the volume's lock. The directory takes its place only after every script has succeeded, so a failing script
# leaves no half-made server behind: the next start begins again.
# Needs: names.sh data.sh connect.sh server.sh, `here` (the scripts' folder), `member` (SET-ORDINAL)
: "${here:?}" "${member:?}" "${cluster_facts:?}" "${run_files:?}" "${root?}"

initialise() {
  local file
  for file in superuser replication owner; do password_of "$file" >/dev/null; done
  refuse_beside_data
  refuse_without_data
  refuse_beside_wal
  rm -rf "$PGDATA.new"
  log "making a new cluster"
  make_data_directory
  write_member_conf
  run_first_sql
  accept_new_data "initialised_by=$PGHERD_POD" "system_identifier=$(system_identifier "$PGDATA.new")"
}

# An empty volume where a cluster existed must not become a new cluster: its other members hold the only copies. A member
# with data listens within seconds of its start, one without data never does; so every other member is asked, by name,
# until none has answered for ten seconds. Any answer at all, even a refusal, is a server with data.
refuse_beside_data() {
  local quiet_until others other code
  await_own_name 60
  log "asking every other member whether it has data"
  quiet_until=$((SECONDS + ${PGHERD_VACANCY_SECONDS:-10}))
  while ((SECONDS < quiet_until)); do
    others=$(others_than "$member")
    for other in $others; do
      code=0
      pg_isready -q -t 2 -d "$(reach "$other")" || code=$?
      ((code > 1)) || die "refusing to make a new cluster: $(pod_of "$other") has data. The volume of this primary \
was lost or replaced. Promote a standby (pgherd promote), or restore the volume; nothing was changed"
      ((code == 2)) || die "refusing to make a new cluster: $(pod_of "$other") cannot be asked, pg_isready ended with $code"
    done
    run sleep 1
  done
}

# What `pgherd apply` keeps in the facts once there is data: silence then means that no member with the data runs.
refuse_without_data() {
  local fact=$cluster_facts/system-identifier
  [ ! -s "$fact" ] || die "refusing to make a new cluster: this one has data, with the system identifier $(<"$fact"), and no \
member that has it answers. The volume of this primary was lost or replaced. Bring a standby back and promote it \
(pgherd promote), or restore the volume; nothing was changed. Only to begin anew without that data: remove \
system-identifier from the ConfigMap with the cluster's facts"
}

# Without names, no standby can answer, whatever it has: silence counts once this pod's own name is known.
await_own_name() {
  local host deadline=$((SECONDS + $1))
  host=$(host_of "$member")
  until is_known "$host"; do
    ((SECONDS < deadline)) || die "refusing to make a new cluster: no standby can be asked, as even this pod's own name \
is unknown after $1 s: $host"
    run sleep 1
  done
}

make_data_directory() {
  local wal_options=()
  place_wal
  local options=(--pgdata "$PGDATA.new" --username "$PGUSER" --pwfile "$credentials/superuser"
    --encoding "$PGHERD_ENCODING" --locale "$PGHERD_LOCALE" --auth scram-sha-256 "${wal_options[@]}")
  if [ "$PGHERD_CHECKSUMS" = on ]; then
    options+=(--data-checksums)
  elif [[ $(initdb --help) == *--no-data-checksums* ]]; then # since 18, where checksums are the default
    options+=(--no-data-checksums)
  fi
  if getent passwd "$(id -u)" >/dev/null; then
    run initdb "${options[@]}"
    return
  fi
  # initdb refuses to run as a user without a name; nss_wrapper gives it one.
  echo "postgres:x:$(id -u):$(id -g)::/tmp:/bin/false" >/tmp/passwd
  echo "postgres:x:$(id -g):" >/tmp/group
  run env LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/tmp/group \
    initdb "${options[@]}"
}

# Runs the first SQL on a server that only this script can reach.
run_first_sql() {
  local file socket=$run_files/first
  local first_psql=(psql -qX -v ON_ERROR_STOP=1 --host "$socket" --no-password)
  start_private_server "$PGDATA.new" "$socket"
  run "${first_psql[@]}" --dbname postgres --file "$here/roles.sql" || die "the first roles and database cannot be made"
  for file in "$root"/etc/pgherd/init/*.sql; do
    [ -e "$file" ] || continue
    log "running $(basename "$file")"
    run "${first_psql[@]}" --dbname "$PGHERD_DATABASE" --file "$file" ||
      die "$(basename "$file") failed: no cluster was made, the next start begins again"
  done
  run pg_ctl --pgdata "$PGDATA.new" --wait --mode fast stop
}
