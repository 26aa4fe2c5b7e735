#!/bin/bash
# Starts the agent beside a member: with the Services for writing by the names that they have here.
# Exit code: that of the agent, which ends only by a signal.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR/../../../component/files source=affixes.sh
. "$here/affixes.sh"
: "${prefix?}" "${suffix?}"
services=()
for part in $PGHERD_WRITE_SERVICES; do services+=("$prefix$PGHERD_CLUSTER-$part$suffix"); done
# Python as process 1 would not react to a stop signal, and its pod would end only when its time is over.
exec tini -- python3 -B "$here/agent.py" "${services[@]}"
