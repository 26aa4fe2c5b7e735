#!/bin/bash
# Whether passwords are refused. Run by `pgherd rotate` in the primary's container. On stdin, a line each: passwords of the
# superuser, the replication role, the owner and the exporters; an empty one was none.
# Exit codes: 0 all are; 1 not, with whose as the last line of stderr.
set -euo pipefail
here=${PGHERD_ROOT:-}/etc/pgherd/scripts
# shellcheck source-path=SCRIPTDIR/../../topology/streaming/files source=names.sh
. "$here/names.sh"
member=$(own_member)
# shellcheck source-path=SCRIPTDIR/../../component/postgres/files source=connect.sh
. "$here/connect.sh"
: "${member:?}"

file=$PGPASSFILE.refused$$
trap 'rm -f "$file"' EXIT
for role in "$PGUSER" "$PGHERD_REPLICATOR" "$PGHERD_OWNER" ${PGHERD_METRICS-}; do
  IFS= read -r password
  [ -n "$password" ] || continue
  put_passfile "$file" "$(passfile_line "$role" "$password")"
  if seen=$(PGPASSFILE=$file psql --no-psqlrc -qAtX --no-password --username "$role" --dbname postgres -c 'select 1' 2>&1); then
    die "the old password of $role is still taken"
  fi
  [[ $seen == *'password authentication failed'* ]] || die "the old password of $role was not refused as such: $seen"
done
