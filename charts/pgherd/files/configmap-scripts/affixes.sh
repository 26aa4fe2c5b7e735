# shellcheck shell=bash
# What stands before and behind every object's name, worked out when a script runs; and how scripts speak. Sourced.
#
# Kustomize puts a prefix and a suffix around object names and around the reference to the ServiceAccount, but changes
# no string in a script or variable. The account has the cluster's name, so what stands around that name in the
# account's name stands around it everywhere.
# Needs: PGHERD_CLUSTER PGHERD_SERVICE_ACCOUNT PGHERD_POD PGHERD_WORKLOAD (what makes the pod: the name of its
# StatefulSet, Deployment or Job as generated, with a `?` for each character that the name takes from a hash)

# The folder below which everything is that a container has mounted; empty in a container.
# shellcheck disable=SC2034 # for the scripts that source this
root=${PGHERD_ROOT:-}

log() { printf '%s pgherd: %s\n' "$(date -u +%FT%TZ)" "$*" >&2; }

die() {
  log "$@"
  exit 1
}

# Sets `prefix` and `suffix`. The cluster's name may occur in the account's more than once (`a` in `dev-a`, `data-a`);
# the pod's name, which begins with its workload's, tells which occurrence is meant.
find_affixes() {
  local start before behind workload found=0 length=${#PGHERD_CLUSTER}
  for ((start = 0; start + length <= ${#PGHERD_SERVICE_ACCOUNT}; start++)); do
    [ "${PGHERD_SERVICE_ACCOUNT:start:length}" = "$PGHERD_CLUSTER" ] || continue
    before=${PGHERD_SERVICE_ACCOUNT:0:start}
    behind=${PGHERD_SERVICE_ACCOUNT:start+length}
    workload=$before$PGHERD_WORKLOAD$behind-
    # Kubernetes cuts off at 58 characters what stands before the random end of a pod's name.
    # shellcheck disable=SC2053 # the right side is a pattern
    [[ $PGHERD_POD == ${workload:0:58}* ]] || continue
    # shellcheck disable=SC2034 # for the script that sources this
    prefix=$before suffix=$behind found=$((found + 1))
  done
  ((found == 1)) || die "$found ways to read account $PGHERD_SERVICE_ACCOUNT and pod $PGHERD_POD as names of cluster \
$PGHERD_CLUSTER
hint: give the ServiceAccount and the workloads the same namePrefix and nameSuffix, and no names of their own"
}

find_affixes
