#!/bin/bash
# Makes the first roles and the first database, and runs the spec's SQL: once, on the new cluster, by Patroni. Where it fails, Patroni
# begins anew. $1: how the server is reached.
set -euo pipefail
here=${0%/*}
# shellcheck source-path=SCRIPTDIR/../../../component/files source=affixes.sh
. "$here/affixes.sh"
first_psql=(psql -qX -v ON_ERROR_STOP=1 --host /var/run/postgresql --no-password)
"${first_psql[@]}" --dbname postgres --file "$here/roles.sql" || die "the first roles and database cannot be made"
# What pg_rewind reads by, as no superuser: https://www.postgresql.org/docs/current/app-pgrewind.html
"${first_psql[@]}" --dbname postgres <<END || die "the role of replication cannot be given what pg_rewind needs"
grant execute on function pg_catalog.pg_ls_dir(text, boolean, boolean), pg_catalog.pg_stat_file(text, boolean),
  pg_catalog.pg_read_binary_file(text), pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) to "$PGHERD_REPLICATOR";
END
for file in /etc/pgherd/init/*.sql; do
  [ -e "$file" ] || continue
  log "running $(basename "$file")"
  "${first_psql[@]}" --dbname "$PGHERD_DATABASE" --file "$file" || die "$(basename "$file") failed: no cluster was made"
done
