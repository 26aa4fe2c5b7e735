#!/bin/bash
# Promotes this standby, which the facts name as the primary. Run by `pgherd switchover` and `pgherd promote`, never by a
# start. Exit codes: 0 it leads, with its timeline as the last line on stdout; 1 not, with the reason: nothing was changed,
# unless stdout says that the promotion was asked for.
#
# $1 `after`: once the WAL here ends with the checkpoint of a shutdown at $2 or later, which is the last record that the
#    old primary ever wrote: nothing can be missing. Gives up after $3 seconds.
# $1 `now`: with what was received, because the old primary is lost. What is still to be replayed may take $2 seconds.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
member=$(own_member)
# shellcheck source-path=SCRIPTDIR source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR source=history.sh
. "$here/history.sh"
# shellcheck source-path=SCRIPTDIR source=server.sh
. "$here/server.sh"

# The last record that was replayed, up to $1: where it begins, and of which kind it is. It begins on the page where it ends
# or, as no checkpoint is longer, on the page before.
replayed_end() {
  local replayed=$1 timeline page found
  timeline=$(own_timeline)
  page=$((($(lsn_number "$replayed") - 1) / 8192 * 8192))
  found=$(last_record_from $page)
  echo "${found:-$(last_record_from $((page - 8192)))}"
}

last_record_from() {
  local folder
  folder=$(written_wal "$timeline" "$1")
  pg_waldump --path "$folder" --timeline "$timeline" \
    --start "$(printf '%X/%X' $(($1 >> 32)) $(($1 & 0xFFFFFFFF)))" --end "$replayed" 2>/dev/null |
    sed -n 's/.* lsn: \([0-9A-F]*\/[0-9A-F]*\),.* desc: \([A-Z_]*\).*/\1 \2/p' | tail -n 1
  rm -rf "$folder"
}

# Whoever asked for this may have given up meanwhile and named another.
require_named() {
  local primary
  primary=$(primary_member) || exit 1
  [ "$primary" = "$member" ] || die "$cluster_facts/primary names $primary: $member is not promoted"
}

await_shutdown_of_primary() {
  local replayed seen='' looked='' deadline=$((SECONDS + $2))
  while true; do
    # WAL is read again only where more of it was replayed.
    if replayed=$(ask_self 'select pg_last_wal_replay_lsn()') && [ "$replayed" != "$looked" ]; then
      if seen=$(replayed_end "$replayed") && [ -n "$seen" ]; then looked=$replayed; fi
      if [[ $seen == *' CHECKPOINT_SHUTDOWN' ]] && (($(lsn_number "${seen% *}") >= $(lsn_number "$1"))); then return; fi
    fi
    require_named
    ((SECONDS < deadline)) || die "the checkpoint of the old primary's shutdown has not come within $2 s; last record: ${seen:-none}"
    sleep 0.05
  done
}

# Those that are away now find here what they need when they come back: from here on it is kept for them, too. Nothing waits
# for this, and a member that comes back makes the slot that is missing.
keep_wal_for_others() {
  local others other slots=
  others=$(others_than "$member")
  for other in $others; do slots+=${slots:+,}$(slot_of "$other"); done
  ask_self "
    select pg_create_physical_replication_slot(slot, true) from unnest('{$slots}'::text[]) slot
     where slot not in (select slot_name from pg_replication_slots)" >/dev/null ||
    log "the slots of the others could not be made: each makes its own"
}

# What was received is replayed first. The order stands, whatever becomes of this script.
await_promotion() {
  local seen deadline=$((SECONDS + $1))
  until seen=$(ask_self "select coalesce(pg_last_wal_replay_lsn()::text, 'its first record'), pg_is_in_recovery()") &&
    [[ $seen == *'|f' ]]; do
    ((SECONDS < deadline)) || die "it was told to lead, and still replays what it has received after $1 s; last seen at \
${seen%|*}. It leads when it is done; the same command then goes on"
    sleep 0.05
  done
}

require_named
if [ "$(ask_self 'select pg_is_in_recovery()')" = t ]; then
  seconds=${*: -1}
  case $1 in
  after) await_shutdown_of_primary "$2" "$seconds" ;;
  now) ;;
  *) die "promote.sh: after LSN SECONDS, or now SECONDS" ;;
  esac
  # From the next line on, nobody takes it back.
  require_named
  echo "asking for the promotion"
  [ "$(ask_self 'select pg_promote(false)')" = t ] || die "the server did not take the order to lead"
  keep_wal_for_others
  await_promotion "$seconds"
fi
ask_self "select 'timeline ' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"
