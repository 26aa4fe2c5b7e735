# shellcheck shell=bash
# Names of the cluster's members, worked out when a script runs. Sourced by every script that talks to a member.
# Needs: PGHERD_CLUSTER PGHERD_WORKLOAD PGHERD_POD PGHERD_PRIMARY_SET PGHERD_STANDBY_SET, and what affixes.sh needs
# shellcheck source-path=SCRIPTDIR/../../files source=affixes.sh
. "${BASH_SOURCE[0]%/*}/affixes.sh"

# The member whose server this pod runs, as SET-ORDINAL, such as standby-1.
own_member() { printf '%s' "${PGHERD_WORKLOAD#"$PGHERD_CLUSTER-"}-${PGHERD_POD##*-}"; }

# The pod of a member given as SET-ORDINAL.
pod_of() { printf '%s' "$prefix$PGHERD_CLUSTER-${1%-*}$suffix-${1##*-}"; }

# The address of a member given as SET-ORDINAL. Every member is in this namespace, whose name need not be known when
# the certificate is made.
host_of() { printf '%s' "$(pod_of "$1").$prefix$PGHERD_CLUSTER-members$suffix"; }

# How the member $1 is reached, as words of a connection string. A name is enough where it is known; elsewhere the file
# PGHERD_HOSTS tells the addresses, as `ADDRESS NAME`.
reach() {
  local host
  host=$(host_of "$1")
  printf 'host=%s' "$host"
  if [ -n "${PGHERD_HOSTS:-}" ]; then printf ' hostaddr=%s' "$(address_of "$host")"; fi
}

# The address of a name in PGHERD_HOSTS; one that nobody has where it is not there, so that nobody answers.
address_of() {
  local address name
  while read -r address name; do
    if [ "$name" = "$1" ]; then
      printf '%s' "$address"
      return
    fi
  done <"$PGHERD_HOSTS"
  printf 127.0.0.0
}

# Whether the name $1 is known here.
is_known() {
  if [ -n "${PGHERD_HOSTS:-}" ]; then
    [ "$(address_of "$1")" != 127.0.0.0 ]
  else
    getent hosts "$1" >/dev/null
  fi
}

# The replication slot of a member given as SET-ORDINAL: slot names have no hyphens.
slot_of() {
  local pod
  pod=$(pod_of "$1")
  printf '%s' "${pod//-/_}"
}

# Members as the spec has them now: the files change without a restart, so they are read each time. `die` ends only
# the substitution that these are called in: take their output in an assignment of its own, where a failure counts.
cluster_facts=$root/etc/pgherd/cluster

primary_member() {
  local primary=
  read -r primary <"$cluster_facts/primary" || true
  [[ $primary == ?*-[0-9]* ]] || die "cannot tell who leads: $cluster_facts/primary has '$primary'"
  printf '%s' "$primary"
}

durability() {
  local durability=
  read -r durability <"$cluster_facts/durability" || true
  [[ $durability =~ ^(async|sync|quorum)$ ]] || die "cannot tell what a commit waits for: $cluster_facts/durability has '$durability'"
  printf '%s' "$durability"
}

# Every member as SET-ORDINAL, a line each.
members() {
  local members='' ordinal
  read -r members <"$cluster_facts/members" || true
  [[ $members =~ ^[1-9][0-9]*$ ]] || die "cannot tell how many members there are: $cluster_facts/members has '$members'"
  echo "$PGHERD_PRIMARY_SET-0"
  for ((ordinal = 0; ordinal < members - 1; ordinal++)); do echo "$PGHERD_STANDBY_SET-$ordinal"; done
}

# Every member but $1.
others_than() {
  local all
  all=$(members) || return 1
  grep -vxF -e "$1" <<<"$all" || true
}
