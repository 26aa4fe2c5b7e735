#!/bin/bash
# Has the exporters' role follow its Secret on the member that leads. Patroni runs it when the server has started, has another part or has
# read its configuration again; $2: its part. Exit code 0, whatever came of it: Patroni goes on, and the log says what was wrong.
set -uo pipefail
[ "${2-}" = primary ] && [ -n "${PGHERD_METRICS-}" ] || exit 0
here=${0%/*}
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
# shellcheck disable=SC2034 # for connect.sh
member=$(own_member)
# shellcheck source-path=SCRIPTDIR/../../../component/postgres/files source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR/../../../component/metrics/files source=metrics.sh
. "$here/metrics.sh"
tell() { log "$@"; }
follow_metrics_role || log "the exporters' role was not made"
