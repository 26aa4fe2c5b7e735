#!/bin/bash
# Readiness probe: whether clients may be sent here. Exit codes: 0 yes; 1 no, with the reason.
#
# A primary is ready when it takes writes. A standby is ready when it streams from the primary. When the primary
# itself does not answer, a standby has all there is to have and stays ready: a lost primary must not end reading.
#
# Asked every few seconds, this is also where the server learns of Secrets and facts that have changed.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
member=$(own_member)
primary=$(primary_member)
# shellcheck source-path=SCRIPTDIR source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR source=server.sh
. "$here/server.sh"
# shellcheck source-path=SCRIPTDIR source=metrics.sh
. "$here/metrics.sh"

# What the server says of itself: its role, and whether it receives WAL.
own_state() {
  ask_self "
    select case when pg_is_in_recovery() then 'standby' else 'primary' end,
           coalesce((select status from pg_stat_wal_receiver), 'not connected')"
}

follow_sources
if ! state=$(own_state); then
  # Its passwords may have been changed a moment ago.
  choose_passwords
  state=$(own_state)
fi
role=${state%|*} receiver=${state#*|}

# A slot that is missing, as on a primary that was promoted without it, is made; WAL that the primary no longer has is
# copied for by a start.
mend_slot() {
  local slot
  slot=$(slot_state)
  if [ "$slot" = lost ]; then
    touch "$PGDATA/pgherd.stale"
    pg_ctl --pgdata "$PGDATA" --mode fast --no-wait --silent stop
    die "the primary no longer has the WAL that this standby needs: starting again, to copy its data"
  fi
  ensure_slot
}

if [ "$member" = "$primary" ]; then
  [ "$role" = primary ] || die "the spec names this member as the primary, but it is a standby that was not promoted"
  follow_metrics_role
elif [ "$role" = primary ]; then
  die "this member is a standby by the spec, but takes writes"
elif [ "$receiver" != streaming ] && pg_isready -q -t 2 -h "$(host_of "$primary")"; then
  mend_slot
  die "the primary answers, but this standby does not stream from it: the WAL receiver is $receiver"
fi
