# shellcheck shell=bash
# Copies the primary's data beside the data directory, verifies the copy and puts it in place. Sourced by the standby's
# start and by the sync Job. The caller holds the volume's lock; nothing is removed before the copy is complete.
# Needs: names.sh data.sh connect.sh, `member` (SET-ORDINAL whose volume this is), `cloned_by` (who makes the copy)
: "${member:?}" "${cloned_by:?}"

clone() {
  local slot identifier deadline=$((SECONDS + 120))
  slot=$(slot_of "$member")
  rm -rf "$PGDATA.new"
  await_primary 600
  ensure_slot >/dev/null
  # The slot of a copy that was cut off stays in use until the primary notices (wal_sender_timeout).
  until [ "$(ask_primary "select active from pg_replication_slots where slot_name = '$slot'")" = f ]; do
    ((SECONDS < deadline)) || die "the slot $slot on the primary is still in use by another connection"
    run sleep 1
  done
  identifier=$(primary_identifier)
  log "copying from $(pod_of "$(primary_member)") (system identifier $identifier) through slot $slot"
  run pg_basebackup --pgdata "$PGDATA.new" --dbname "$(primary_conninfo)" --slot "$slot" \
    --wal-method stream --checkpoint fast --no-password --progress --verbose
  run pg_verifybackup --quiet "$PGDATA.new"
  [ "$(system_identifier "$PGDATA.new")" = "$identifier" ] || die "the copy has another system identifier than the primary"
  touch "$PGDATA.new/standby.signal"
  accept_new_data "cloned_by=$cloned_by" "system_identifier=$identifier"
  log "clone complete: $(du -sh "$PGDATA" | cut -f1) copied by $cloned_by"
}
