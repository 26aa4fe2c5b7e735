#!/bin/bash
# Starts this member: Patroni, which runs the server and agrees with the other members on who leads.
#
# Exit codes: that of Patroni; 1 when the member must not start, with the reason as the last line of the log.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR/../../../component/files source=affixes.sh
. "$here/affixes.sh"
# shellcheck source-path=SCRIPTDIR/../../../component/postgres/files source=data.sh
. "$here/data.sh"
: "${prefix?}" "${suffix?}"

lock_volume 30 || die "another container uses this volume: two servers never open one data directory"
end_swap
# What was put aside goes only where a whole copy is in its place.
if [ -e "$marker" ]; then drop_remains; else rm -rf "$PGDATA.new"; fi
if [ -L "$PGDATA/pg_wal" ] && [ ! -e "$PGDATA/pg_wal" ]; then
  log "the volume for WAL was lost or replaced: this data cannot be used, and is copied anew"
  mv -T "$PGDATA" "$PGDATA.old"
fi
# fsGroup may have opened it to the group, which the server refuses. Fewer digits would leave setgid.
if [ -d "$PGDATA" ]; then chmod 00700 "$PGDATA"; fi
# First, as others may be waiting. A server that ended in order has no such file, and one that follows has another.
if [ -e "$PGDATA/postmaster.pid" ] && [ ! -e "$PGDATA/standby.signal" ]; then python3 -B "$here/release.py"; fi
# While a cluster is made; launch.py puts it there.
export PGHERD_UNFINISHED=${PGDATA%/*}/.pgherd.unfinished
if [ -e "$PGHERD_UNFINISHED" ]; then python3 -B "$here/unfinished.py" "$PGHERD_UNFINISHED"; fi
umask 077
mkdir -p /run/pgherd/patroni
for file in durability patroni timing; do ln -sfn "/etc/pgherd/patroni/$file.yml" "/run/pgherd/patroni/10-$file.yml"; done
host=$PGHERD_POD.$prefix$PGHERD_CLUSTER-members$suffix
python3 -B "$here/member.py" "$host"
umask 022
# What runs here stays as it was started, whatever the mounted scripts become meanwhile: Patroni runs its program again for each start
# of a server.
started=/run/pgherd/scripts
rm -rf "$started"
mkdir "$started"
cp "$here"/*.py "$here"/*.sh "$here"/*.sql "$started"
trap - INT TERM
# Patroni leaves servers that end to process 1: without one that takes note, a stopped leader would seem to be stopping still.
exec tini -- python3 -B "$started/launch.py" "$host" /run/pgherd/patroni
