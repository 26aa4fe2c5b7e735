#!/bin/bash
# Whether a member has taken new passwords. Run by `pgherd rotate` in a server's container. $1: `files`, whether the
# Secret's files with the ending $2 have them; `use`, whether the member also works with them. On stdin, a line each: the
# passwords of the superuser, the replication role and the owner; with `use`, behind them that of the exporters.
# Exit codes: 0 yes; 1 no, with the reason as the last line of stderr.
set -euo pipefail
here=${PGHERD_ROOT:-}/etc/pgherd/scripts
# shellcheck source-path=SCRIPTDIR/../../topology/streaming/files source=names.sh
. "$here/names.sh"
member=$(own_member)
# shellcheck source-path=SCRIPTDIR/../../component/postgres/files source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR/../../topology/streaming/files source=server.sh
. "$here/server.sh"
declare -F choose_passwords >/dev/null || die "this pod's scripts are older than this pgherd: apply the spec first"

for file in superuser replication owner; do
  IFS= read -r wanted
  if [ ! -e "$credentials/$file${2-}" ]; then die "the kubelet has not brought the Secret's file $file${2-} yet"; fi
  [ "$(password_of "$file${2-}")" = "$wanted" ] || die "the kubelet has not brought the new $file${2-} yet"
done
[ "$1" = use ] || exit 0

# The probe takes them, and says whether the server is what it should be.
"$here/ready.sh"
[ "$(cat "$PGPASSFILE")" = "$(passfile_row "$PGUSER" superuser)"$'\n'"$(passfile_row "$PGHERD_REPLICATOR" replication)" ] ||
  die "the new passwords are not in use yet"
if [ "$member" != "$(primary_member)" ]; then
  ask_primary 'select 1' >/dev/null || die "the primary does not let the replication role in"
fi

# The role of the exporters follows the Secret; one that somebody else has made is left alone.
[ -n "${PGHERD_METRICS-}" ] || exit 0
IFS= read -r wanted
if [ ! -e "$credentials/metrics" ]; then die "the kubelet has not brought the Secret's file metrics yet"; fi
[ "$(password_of metrics)" = "$wanted" ] || die "the kubelet has not brought the new metrics yet"
own="select coalesce(shobj_description(oid, 'pg_authid') like 'pgherd: %', false) from pg_roles where rolname = '$PGHERD_METRICS'"
[ "$(ask_self "$own")" != f ] || exit 0
file=$PGPASSFILE.taken$$
trap 'rm -f "$file"' EXIT
put_passfile "$file" "$(passfile_row "$PGHERD_METRICS" metrics)"
PGPASSFILE=$file psql --no-psqlrc -qAtX --no-password --username "$PGHERD_METRICS" --dbname postgres -c 'select 1' >/dev/null ||
  die "the server does not let the exporters' role in by the new password yet"
