#!/bin/bash
# Has this running standby follow the member that leads by the facts it has now, and waits until it does. Run by
# `pgherd switchover` and `pgherd promote`; the readiness probe does the same, when it is next asked. $1: seconds.
# Exit codes: 0 it streams from there; 1 not, with what was seen last.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
member=$(own_member)
# shellcheck source-path=SCRIPTDIR source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR source=server.sh
. "$here/server.sh"
deadline=$((SECONDS + $1))
primary=$(primary_member)
host=$(host_of "$primary")
until ensure_slot; do
  ((SECONDS < deadline)) || die "$(pod_of "$primary") did not make the slot $(slot_of "$member") within $1 s"
  sleep 0.2
done
follow_sources
until seen=$(ask_self "select status || ' from ' || sender_host from pg_stat_wal_receiver") && [ "$seen" = "streaming from $host" ]; do
  ((SECONDS < deadline)) || die "does not stream from $host after $1 s; last seen: ${seen:-no WAL receiver}"
  sleep 0.1
done
