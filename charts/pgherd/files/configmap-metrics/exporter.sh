#!/bin/sh
# Runs postgres_exporter beside a member's server: the command of the container `metrics`. It keeps running whatever goes
# wrong, and says what to do in its log: a container that ends would take the member out of its Service.
#
# Works with any image that has a POSIX shell, BusyBox's too, and the exporter under one of the two names below. Asks the
# member's own server, over its socket, as the role that the readiness probe of the primary makes (metrics.sh).
# Environment: PGHERD_METRICS (the role). The password goes from the Secret's file to a password file in memory, which the
# exporter reads at each connect.
# Exit codes: 143 when it is told to end.
set -u
files=/etc/pgherd/metrics
credentials=/etc/pgherd/credentials
passfile=/run/pgherd/pgpass
socket=/var/run/postgresql
exporter=

log() { printf '%s pgherd: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

# What the files were made from: the kubelet replaces all files of a Secret or ConfigMap at once, by a link.
version_of() { readlink "$1/..data"; }

# A pause between two looks; a signal is not kept waiting by it.
pause() {
  sleep "$1" &
  wait $!
}

stop_exporter() {
  [ -n "$exporter" ] || return 0
  kill "$exporter" 2>/dev/null
  wait "$exporter"
  exporter=
}

end() {
  stop_exporter
  exit 143
}
trap end INT TERM

program() {
  for name in postgres_exporter prometheus-postgres-exporter; do
    command -v "$name" && return
  done
  return 1
}

# Writes the password file. Colons and backslashes of a password would be read as separators. In memory, mode 0600: one that
# others may read is ignored, and a mounted Secret is always readable by the volume's group.
write_passfile() {
  password=$(sed 's/[\\:]/\\&/g' "$credentials/metrics" 2>/dev/null)
  case $password in
  *[[:cntrl:]]*) password= ;;
  esac
  if [ -z "$password" ]; then
    log "no metrics: the Secret has no password for them. \`pgherd rotate passwords\` adds it, as the file 'metrics' of one line"
    return 1
  fi
  (umask 077 && printf '*:*:*:%s:%s\n' "$PGHERD_METRICS" "$password" >"$passfile.new") && mv "$passfile.new" "$passfile"
}

start_exporter() {
  if ! path=$(program); then
    log "no metrics: the image has neither postgres_exporter nor prometheus-postgres-exporter on its PATH. Change metrics.image"
    return 1
  fi
  # Without a blank, at which older exporters take the options apart; queries.yaml asks for it.
  members=
  read -r members <"$files/members"
  PGPASSFILE=$passfile \
    DATA_SOURCE_NAME="user=$PGHERD_METRICS host=$socket port=5432 dbname=postgres sslmode=disable connect_timeout=5 application_name=$PGHERD_METRICS options=-cpgherd.members=$members" \
    "$path" --web.listen-address=:9187 --extend.query-path="$files/queries.yaml" &
  exporter=$!
}

taken=none
version=$(version_of "$files")
while true; do
  now=$(version_of "$credentials")
  if [ "$now" != "$taken" ]; then
    write_passfile
    taken=$now
  fi
  # This script itself may be another one, or the number of members.
  if [ "$(version_of "$files")" != "$version" ]; then
    log "the script, its queries or the number of members have changed: beginning anew"
    stop_exporter
    exec "$0"
  fi
  if [ -n "$exporter" ] && ! kill -0 "$exporter" 2>/dev/null; then
    wait "$exporter"
    log "the exporter has ended with code $?: starting it again"
    exporter=
    pause 5
  fi
  if [ -z "$exporter" ] && [ -e "$passfile" ]; then start_exporter || pause 30; fi
  pause 2
done
