#!/bin/bash
# Stops this primary in order, so that another member can be promoted without loss: its standbys get every record, the
# checkpoint of the shutdown last. The container then starts again, as what the facts say. Run by `pgherd switchover`.
# Exit codes: 0 it is stopping; 1 it must not, with the reason.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR source=names.sh
. "$here/names.sh"
member=$(own_member)
primary=$(primary_member)
# It would start as the primary again, beside the one that is promoted.
[ "$primary" != "$member" ] || die "$cluster_facts/primary still names this member: it is not stopped"
pg_ctl --pgdata "$PGDATA" --mode fast --no-wait --silent stop
