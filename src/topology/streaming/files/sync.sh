#!/bin/bash
# Copies the primary's data to a standby's volume; the sync Job runs it, with `bootstrap: job`.
# Where the copy is complete it does nothing and succeeds, so that a Job may run as often as it likes.
# Exit codes: 0 the standby has its data; 1 not, with the reason as the last line of the log (the Job tries again).
set -euo pipefail
here=${0%/*}
member=$PGHERD_MEMBER
cloned_by=$PGHERD_POD
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
# shellcheck source-path=SCRIPTDIR source=data.sh
. "$here/data.sh"
# shellcheck source-path=SCRIPTDIR source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR source=clone.sh
. "$here/clone.sh"

stop_if_copied() {
  if [ "$member" = "$(primary_member)" ]; then
    log "$(pod_of "$member") leads: there is nothing to copy to it"
    exit 0
  fi
  has_data || return 0
  log "$(pod_of "$member") has its data already: nothing to do ($(tr '\n' ' ' <"$marker"))"
  exit 0
}

deadline=$((SECONDS + 600))
until stop_if_copied && lock_volume 1; do
  ((SECONDS < deadline)) || die "the volume of $(pod_of "$member") is in use by another container"
done
settle_data
stop_if_copied
write_passfile
clone
