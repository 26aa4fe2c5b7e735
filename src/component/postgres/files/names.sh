# shellcheck shell=bash
# Names of the cluster's objects, worked out when a script runs. Sourced by every script that talks to a member.
#
# Kustomize puts a prefix and a suffix around object names and around the reference to the ServiceAccount, but changes
# no string in a script or variable. The account has the cluster's name, so what stands around that name in the
# account's name stands around it everywhere.
# Needs: PGHERD_CLUSTER PGHERD_SERVICE_ACCOUNT PGHERD_NAMESPACE PGHERD_POD PGHERD_SET

log() { printf '%s pgherd: %s\n' "$(date -u +%FT%TZ)" "$*" >&2; }

die() {
  log "$@"
  exit 1
}

# Sets `prefix` and `suffix`. The name may occur in the account's name more than once; the pod's name tells which
# occurrence is meant: it is <prefix><cluster>-<set><suffix>-<rest>.
find_affixes() {
  local start length=${#PGHERD_CLUSTER}
  for ((start = 0; start + length <= ${#PGHERD_SERVICE_ACCOUNT}; start++)); do
    [ "${PGHERD_SERVICE_ACCOUNT:start:length}" = "$PGHERD_CLUSTER" ] || continue
    prefix=${PGHERD_SERVICE_ACCOUNT:0:start}
    suffix=${PGHERD_SERVICE_ACCOUNT:start+length}
    case $PGHERD_POD in "$prefix$PGHERD_CLUSTER-$PGHERD_SET"*"$suffix"-*) return 0 ;; esac
  done
  die "cannot work out the names: pod $PGHERD_POD, account $PGHERD_SERVICE_ACCOUNT, cluster $PGHERD_CLUSTER"
}

# The pod of a member given as SET-ORDINAL, such as standby-1.
pod_of() { printf '%s' "$prefix$PGHERD_CLUSTER-${1%-*}$suffix-${1##*-}"; }

# The address of a member given as SET-ORDINAL.
host_of() { printf '%s' "$(pod_of "$1").$prefix$PGHERD_CLUSTER-members$suffix.$PGHERD_NAMESPACE.svc"; }

# The replication slot of a member given as SET-ORDINAL: slot names have no hyphens.
slot_of() { pod_of "$1" | tr - _; }

# Members as the spec has them now: the files change without a restart, so they are read each time.
primary_member() { cat /etc/pgherd/cluster/primary; }
standby_count() { echo $(($(cat /etc/pgherd/cluster/members) - 1)); }

find_affixes
