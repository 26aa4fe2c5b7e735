#!/bin/bash
# Readiness probe: whether clients may be sent here. Exit codes: 0 yes; 1 no, with the reason.
#
# A primary is ready when it takes writes. A standby is ready when it streams from the primary. When the primary
# itself does not answer, a standby has all there is to have and stays ready: a lost primary must not end reading.
#
# Asked every few seconds, this is also where the server learns of Secrets and facts that have changed.
set -euo pipefail
here=${0%/*}
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
  local slot position
  slot=$(slot_state)
  position=$(ask_self "
    select coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), timeline_id from pg_control_checkpoint()")
  if [ "$slot" = lost ] || wal_is_gone "${position%|*}" "${position#*|}"; then
    touch "$PGDATA/pgherd.stale"
    pg_ctl --pgdata "$PGDATA" --mode fast --no-wait --silent stop
    die "the primary no longer has the WAL that this standby needs: starting again, to copy its data"
  fi
  ensure_slot
}

# Members that the spec no longer has never come for the WAL that their slots keep. One that is added again is asked for
# at its start what it needs. Not at once: a member that is added knows of that minutes before this one may, and has a slot
# that it does not use yet.
drop_unused_slots() {
  local all one slots standbys used='' seen=$run_files/unused
  all=$(members)
  for one in $all; do used+=${used:+,}$(slot_of "$one"); done
  standbys=$(slot_of "$PGHERD_STANDBY_SET-")
  if ! slots=$(ask_self "
    select slot_name from pg_replication_slots
     where slot_type = 'physical' and not active and slot_name <> all ('{$used}') and slot_name ~ '^${standbys}[0-9]+\$'"); then
    tell "the slots of members that were removed could not be looked for: trying again"
    return
  fi
  mkdir -p "$seen"
  for one in "$seen"/*; do
    [[ $'\n'$slots$'\n' == *$'\n'${one##*/}$'\n'* ]] || rm -f "$one"
  done
  for one in $slots; do
    [ -e "$seen/$one" ] || touch "$seen/$one"
    [ -n "$(find "$seen/$one" -mmin +3)" ] || continue
    ask_self "select pg_drop_replication_slot('$one')" >/dev/null ||
      tell "the slot $one of a member that was removed could not be dropped: trying again"
  done
}

# One that is to lead gets what is still written meanwhile, also where nobody could be followed when it started.
follow_writing() {
  write_member_conf
  ask_self 'select pg_reload_conf()' >/dev/null
}

if [ "$member" = "$primary" ]; then
  if [ "$role" != primary ]; then
    [ "$receiver" = streaming ] || follow_writing
    die "the spec names this member as the primary, but it is a standby that was not promoted"
  fi
  drop_unused_slots
  follow_metrics_role
elif [ "$role" = primary ]; then
  die "this member is a standby by the spec, but takes writes"
elif [ "$receiver" != streaming ] && pg_isready -q -t 2 -d "$(reach "$primary")"; then
  mend_slot
  die "the primary answers, but this standby does not stream from it: the WAL receiver is $receiver"
fi
