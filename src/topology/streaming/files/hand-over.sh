#!/bin/bash
# Stops this primary in order, so that another member can be promoted without loss: its standbys get every record, the
# checkpoint of the shutdown last. The container then starts again, as what the facts say. Run by `pgherd switchover`.
# Exit codes: 0 it is stopping; 1 it must not, with the reason.
#
# A sender that still has to send when the stop is ordered, and whose standby takes nothing more (frozen, or cut off), has the
# server wait with its last record, and every client with it, up to wal_sender_timeout. After a second such a sender is ended,
# unless it serves the member that is to lead.
#
# $1 `end`: another member leads by now, with all that was written here. A server that has written its last record and goes on
#    waiting for a standby that is silent, up to wal_sender_timeout, waits for it no longer: commits may be waiting for this
#    member as the standby that it becomes. What is still to be archived is. Exit code 0, also where there is no server.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
member=$(own_member)
# shellcheck source-path=SCRIPTDIR source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR source=server.sh
. "$here/server.sh"
primary=$(primary_member)
# It would start as the primary again, beside the one that is promoted.
[ "$primary" != "$member" ] || die "$cluster_facts/primary still names this member: it is not stopped"

# Whether a server is stopping, and has nothing more to write: the next start finds its data as after any stop.
has_written_all() {
  [[ "$(sed -n 8p "$PGDATA/postmaster.pid" 2>/dev/null)" == stopping* ]] &&
    [ "$(LC_ALL=C pg_controldata | sed -n 's/^Database cluster state: *//p')" = 'shut down' ]
}

# The processes that send WAL to others than the member that is to lead; none where that one is not known among them.
senders_to_others() {
  local pod slot
  pod=$(pod_of "$primary")
  slot=$(slot_of "$primary")
  ask_self "
    with senders as (
      select s.pid, s.application_name = '$pod' or coalesce(slot_name = '$slot', false) as leads
        from pg_stat_replication s left join pg_replication_slots on active_pid = s.pid)
    select pid from senders where not leads and exists (select from senders where leads)"
}

# Whether the process $1 is still one of this server's that send WAL.
is_sender() {
  [ "/proc/$1/cwd" -ef "$PGDATA" ] && [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") == postgres:*walsender* ]]
}

# Told to end, a sender does, and the server goes on with its stop. Where nothing more can be written to the standby, it would
# tell that it ends, and waits to: told once more, it ends without.
end_senders() {
  local process left
  for _ in {1..20}; do
    left=()
    for process in "$@"; do if is_sender "$process"; then left+=("$process"); fi; done
    [ "${#left[@]}" -gt 0 ] || return 0
    kill -TERM "${left[@]}" 2>/dev/null || true
    sleep 0.1
  done
  log "they were told to end for 2 s, and have not: ${left[*]}"
}

if [ "${1:-}" != end ]; then
  # Asked while it answers: a server that stops does not.
  others=$(senders_to_others) || others=
  pg_ctl --pgdata "$PGDATA" --mode fast --no-wait --silent stop
  for _ in {1..20}; do
    if ! [ -e "$PGDATA/postmaster.pid" ] || has_written_all; then exit 0; fi
    sleep 0.05
  done
  mapfile -t others <<<"$others"
  end_senders "${others[@]}"
  exit
fi
# Most end within a moment.
for _ in {1..5}; do
  has_written_all || exit 0
  sleep 0.1
done
log "still waiting for a standby that is silent, with nothing more to write: ending what sends to it"
senders=()
for process in /proc/[0-9]*; do senders+=("${process#/proc/}"); done
end_senders "${senders[@]}"
