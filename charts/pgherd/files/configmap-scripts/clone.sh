# shellcheck shell=bash
# Copies the primary's data beside the data directory, verifies the copy and puts it in place. Sourced by the standby's
# start and by the sync Job. The caller holds the volume's lock; nothing is removed before the copy is complete.
# Needs: names.sh data.sh connect.sh, `member` (SET-ORDINAL whose volume this is), `cloned_by` (who makes the copy)
: "${member:?}" "${cloned_by:?}"

clone() {
  local slot primary identifier in_use wal_options=() deadline=$((SECONDS + 120))
  primary=$(primary_member) || exit 1
  slot=$(slot_of "$member")
  rm -rf "$PGDATA.new"
  place_wal
  await_primary "$primary" 600
  ensure_slot || die "the primary refused to make the slot $slot"
  # The slot of a copy that was cut off stays in use until the primary notices (wal_sender_timeout).
  until in_use=$(ask_primary "select active from pg_replication_slots where slot_name = '$slot'") && [ "$in_use" = f ]; do
    # Another one has no such slot, however long it is waited for.
    require_led_by "$primary"
    ((SECONDS < deadline)) || die "the slot $slot on the primary is not free; last seen in use: ${in_use:-no answer}"
    run sleep 1
  done
  identifier=$(primary_identifier)
  log "copying from $(pod_of "$primary") (system identifier $identifier) through slot $slot"
  # Under a name of its own: a copy confirms WAL, too, and no commit may be waiting for that.
  run pg_basebackup --pgdata "$PGDATA.new" --dbname "$(conninfo_as copy)" --slot "$slot" \
    --wal-method stream --checkpoint fast --no-password --progress --verbose "${wal_options[@]}"
  run pg_verifybackup --quiet "$PGDATA.new"
  [ "$(system_identifier "$PGDATA.new")" = "$identifier" ] || die "the copy has another system identifier than the primary"
  rm -f "$PGDATA.new/pgherd.stale" # about the primary's own directory, where it once was a standby
  touch "$PGDATA.new/standby.signal"
  accept_new_data "cloned_by=$cloned_by" "system_identifier=$identifier"
  log "clone complete: $(du -sh "$PGDATA" | cut -f1) copied by $cloned_by"
}
