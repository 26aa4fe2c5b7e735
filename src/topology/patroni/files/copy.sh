#!/bin/bash
# Copies another member's data beside the data directory, verifies the copy and puts it in place; what was there before goes only then.
# Patroni runs it where this member has no data, cannot follow with what it has, or is told to copy anew. Arguments: Patroni's, among
# them --connstring=, how the other is reached. Exit code 0 when the copy is in place; otherwise nothing has changed.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR/../../../component/files source=affixes.sh
. "$here/affixes.sh"
# shellcheck source-path=SCRIPTDIR/../../../component/postgres/files source=data.sh
. "$here/data.sh"

from=
for word; do
  case $word in --connstring=*) from=${word#*=} ;; esac
done
[ -n "$from" ] || die "there is nobody to copy from"
# A copy that was cut off in its last step, with nothing else in place.
if [ -e "$PGDATA.ready" ] && [ ! -e "$PGDATA" ]; then
  swap_data
  log "copy complete: it had been cut off"
  exit
fi
rm -rf "$PGDATA.new" "$PGDATA.ready"
wal_options=()
place_wal
log "copying beside the data directory"
# A node that falls silent ends it: this member takes no part in an election meanwhile.
from+=' connect_timeout=5 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=15000'
run pg_basebackup --pgdata "$PGDATA.new" --dbname "$from" --wal-method stream --checkpoint fast --no-password --progress --verbose \
  "${wal_options[@]}"
run pg_verifybackup --quiet "$PGDATA.new"
# In an order that ends well wherever it is cut off (data.sh).
accept_new_data "copied_by=$PGHERD_POD" "system_identifier=$(system_identifier "$PGDATA.new")"
log "copy complete: $(du -sh "$PGDATA" | cut -f1)"
