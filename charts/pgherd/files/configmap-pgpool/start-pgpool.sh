#!/bin/bash
# Starts Pgpool-II: adds the servers' host names to the mounted configuration, derives the password file from the
# mounted Secret, and becomes pgpool. The command of the pooler's container.
#
# Environment, names as generated and before any prefix of kustomize: PGHERD_CLUSTER, PGHERD_WORKLOAD (the Deployment),
# PGHERD_PRIMARY_SERVICE, PGHERD_STANDBY_SERVICE; from the downward API: PGHERD_SERVICE_ACCOUNT, PGHERD_NAMESPACE,
# PGHERD_POD; PGHERD_OWNER (the one role that is served).
# Exit codes: pgpool's; 1 if its input does not fit, with the reason as the last lines of the log.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR/../../files source=affixes.sh
. "$(dirname "$0")/affixes.sh"
# shellcheck source-path=SCRIPTDIR source=pool-passwords.sh
. "$(dirname "$0")/pool-passwords.sh"

config=/etc/pgherd/config
run=/run/pgherd

host_of() {
    printf '%s%s%s.%s.svc' "$prefix" "$1" "$suffix" "$PGHERD_NAMESPACE"
}

write_config() {
    cat "$config/pgpool.conf"
    printf "backend_hostname0 = '%s'\n" "$(host_of "$PGHERD_PRIMARY_SERVICE")"
    printf "backend_hostname1 = '%s'\n" "$(host_of "$PGHERD_STANDBY_SERVICE")"
}

umask 077
# Left by a container of the same pod that was killed. Its process number is this container's own, 1, so that pgpool
# would find itself running already, at every start.
rm -f "$run/pgpool.pid" "$run"/.s.PGSQL.*

write_config >"$run/pgpool.conf"
write_passwords
: >"$run/pcp.conf"

# Debian keeps it in sbin, which a base image need not have on its PATH.
PATH=$PATH:/usr/sbin
exec pgpool -n -D -f "$run/pgpool.conf" -F "$run/pcp.conf" -a "$config/pool_hba.conf"
