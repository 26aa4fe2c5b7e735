#!/bin/bash
# Stops this primary in order, so that another member can be promoted without loss: its standbys get every record, the
# checkpoint of the shutdown last. The container then starts again, as what the facts say. Run by `pgherd switchover`.
# Exit codes: 0 it is stopping; 1 it must not, with the reason.
#
# $1 `end`: another member leads by now, with all that was written here. A server that has written its last record and goes on
#    waiting for a standby that is silent, up to wal_sender_timeout, waits for it no longer: commits may be waiting for this
#    member as the standby that it becomes. What is still to be archived is. Exit code 0, also where there is no server.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
member=$(own_member)
primary=$(primary_member)
# It would start as the primary again, beside the one that is promoted.
[ "$primary" != "$member" ] || die "$cluster_facts/primary still names this member: it is not stopped"

# Whether a server is stopping, and has nothing more to write: the next start finds its data as after any stop.
has_written_all() {
  [[ "$(sed -n 8p "$PGDATA/postmaster.pid" 2>/dev/null)" == stopping* ]] &&
    [ "$(LC_ALL=C pg_controldata | sed -n 's/^Database cluster state: *//p')" = 'shut down' ]
}

if [ "${1:-}" != end ]; then
  pg_ctl --pgdata "$PGDATA" --mode fast --no-wait --silent stop
  exit
fi
# Most end within a moment.
for _ in {1..5}; do
  has_written_all || exit 0
  sleep 0.1
done
log "still waiting for a standby that is silent, with nothing more to write: ending what sends to it"
# The processes of this server that send WAL.
senders() {
  local process
  for process in /proc/[0-9]*; do
    if [ "$process/cwd" -ef "$PGDATA" ] && [[ $(tr '\0' ' ' <"$process/cmdline") == postgres:*walsender* ]]; then
      echo "${process#/proc/}"
    fi
  done 2>/dev/null
}
# Told to end, a sender does, and the server goes on with its stop. Where nothing more can be written to the standby, it would
# tell that it ends, and waits to: told once more, it ends without.
for _ in {1..20}; do
  mapfile -t left < <(senders)
  [ "${#left[@]}" -gt 0 ] || exit 0
  kill -TERM "${left[@]}" 2>/dev/null || true
  sleep 0.1
done
log "they were told to end for 2 s, and have not: ${left[*]}"
