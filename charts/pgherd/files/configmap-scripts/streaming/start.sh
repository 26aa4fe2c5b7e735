#!/bin/bash
# Starts this member as what the spec says it is; the server's container runs it at every start.
#
# Exit codes: that of the server; 1 when the member must not start, with the reason as the last line of the log.
# Nothing here starts a server that could write unless the spec names this member as the primary.
set -euo pipefail
here=${0%/*}
cloned_by=$PGHERD_POD
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
member=$(own_member)
# For stop.sh. In this order, and before the traps of data.sh: what was told to a start before this one is not for it.
: "${root?}"
rm -f "$root/run/pgherd/told"
echo $$ >"$root/run/pgherd/process"
# shellcheck source-path=SCRIPTDIR source=data.sh
. "$here/data.sh"
# shellcheck source-path=SCRIPTDIR source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR source=history.sh
. "$here/history.sh"
# shellcheck source-path=SCRIPTDIR source=clone.sh
. "$here/clone.sh"
# shellcheck source-path=SCRIPTDIR source=server.sh
. "$here/server.sh"
# shellcheck source-path=SCRIPTDIR source=initialise.sh
. "$here/initialise.sh"

start_primary() {
  if ! has_data; then
    initialise
    return
  fi
  check_version
  if [ -e "$PGDATA/standby.signal" ]; then
    log "the spec names this member as the primary, but its data is a standby's: serving reads until it is promoted on \
purpose, by \`pgherd switchover\` or \`pgherd promote\`; a start never does"
  else
    refuse_superseded
  fi
}

start_standby() {
  if ! has_data; then clone; fi
  check_version
  if [ ! -e "$PGDATA/standby.signal" ] && ! become_standby; then
    start_primary
    return
  fi
  remove_member_slots
  local theirs ours slot
  theirs=$(primary_identifier) || theirs=
  if [ -z "$theirs" ]; then
    log "the primary does not answer: serving what was received so far"
    return
  fi
  ours=$(system_identifier "$PGDATA")
  [ "$theirs" = "$ours" ] || die "the primary's system identifier is $theirs, this member's $ours: another cluster. \
Nothing was changed. If the primary was made anew while no standby could answer, the data is here alone: see \
system-identifier-differs in docs/operations.md. Only where nobody needs it, delete this member's volume"
  slot=$(slot_state) || die "the primary answers, but not about this member's replication slot"
  # A copy begins with a new slot. This file tells, should the copy be cut off, that the old data still cannot follow.
  if [ "$slot" = lost ] || wal_after_data_is_gone; then touch "$PGDATA/pgherd.stale"; fi
  if [ -e "$PGDATA/pgherd.stale" ]; then
    refuse_diverged
    log "the primary no longer has the WAL that this member needs: copying its data anew, beside the old"
    clone
  else
    ensure_slot || die "the primary answers, but refused to make this member's replication slot"
  fi
}

# With `bootstrap: job`, the copy is the Job's: it takes the volume's lock and keeps it until it is done. A Job that
# has run cannot run again, so when none shows up, as after the loss of the volume, the standby helps itself.
# Returns with the lock taken.
await_sync_job() {
  local deadline=$((SECONDS + ${PGHERD_JOB_WAIT:-25}))
  log "waiting for the sync Job to copy the primary's data"
  while true; do
    if ! lock_volume 0; then
      deadline=$((SECONDS + 5))
    elif has_data; then
      return
    elif ((SECONDS >= deadline)); then
      log "no sync Job is at work: copying the data here"
      return
    fi
    unlock_volume
    run sleep 1
  done
}

remember_sources
primary=$(primary_member)
write_passfile
if [ "$PGHERD_BOOTSTRAP" = job ] && [ "$member" != "$primary" ] && ! has_data; then
  await_sync_job
else
  lock_volume 30 || die "another container uses this volume: two servers never open one data directory"
fi
settle_data
if [ "$member" = "$primary" ]; then start_primary; else start_standby; fi
# fsGroup may have opened it to the group, which the server refuses. Fewer digits would leave setgid.
chmod 00700 "$PGDATA"
write_member_conf
# Waiting and asking took their time: nothing starts as a primary by facts that are old by now.
if [ ! -e "$PGDATA/standby.signal" ] && [ "$(primary_member)" != "$member" ]; then
  die "$(pod_of "$(primary_member)") was named as the primary meanwhile: starting again, as its standby"
fi
if [ -e "$PGDATA/standby.signal" ]; then raise_tracked_settings; fi
log "starting PostgreSQL as $([ -e "$PGDATA/standby.signal" ] && echo standby || echo primary) $PGHERD_POD"
serve
