# shellcheck shell=bash
# How members are called and reached, for scripts of components and of commands: who leads is reached by the Service for writing, whatever
# its name is. Sourced.
# Needs: PGHERD_CLUSTER PGHERD_POD, and what affixes.sh needs
# shellcheck source-path=SCRIPTDIR/../../../component/files source=affixes.sh
. "${BASH_SOURCE[0]%/*}/affixes.sh"
: "${prefix?}" "${suffix?}"

# The member that this pod is.
own_member() { printf '%s' "$PGHERD_POD"; }

# The pod of a member; the same.
pod_of() { printf '%s' "$1"; }

# Who leads.
primary_member() { printf 'primary'; }

# How a member is reached, as words of a connection string.
reach() {
  case $1 in
  primary) printf 'host=%s' "$prefix$PGHERD_CLUSTER-primary$suffix" ;;
  *) printf 'host=%s' "$1.$prefix$PGHERD_CLUSTER-members$suffix" ;;
  esac
}
