# shellcheck shell=bash
# Names of the cluster's members, worked out when a script runs. Sourced by every script that talks to a member.
# Needs: PGHERD_CLUSTER PGHERD_NAMESPACE PGHERD_WORKLOAD PGHERD_POD, and what affixes.sh needs
# shellcheck source-path=SCRIPTDIR/../../files source=affixes.sh
. "${BASH_SOURCE[0]%/*}/affixes.sh"

# The member whose server this pod runs, as SET-ORDINAL, such as standby-1.
own_member() { printf '%s' "${PGHERD_WORKLOAD#"$PGHERD_CLUSTER-"}-${PGHERD_POD##*-}"; }

# The pod of a member given as SET-ORDINAL.
pod_of() { printf '%s' "$prefix$PGHERD_CLUSTER-${1%-*}$suffix-${1##*-}"; }

# The address of a member given as SET-ORDINAL.
host_of() { printf '%s' "$(pod_of "$1").$prefix$PGHERD_CLUSTER-members$suffix.$PGHERD_NAMESPACE.svc"; }

# The replication slot of a member given as SET-ORDINAL: slot names have no hyphens.
slot_of() { pod_of "$1" | tr - _; }

# Members as the spec has them now: the files change without a restart, so they are read each time.
primary_member() { cat /etc/pgherd/cluster/primary; }
standby_count() { echo $(($(cat /etc/pgherd/cluster/members) - 1)); }
