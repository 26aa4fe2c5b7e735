#!/bin/bash
# Sets the passwords of the superuser, the replication role and the owner, all or none. Run by `pgherd rotate` in the
# primary's container; running it again does no harm. On stdin, a line each: the verifiers of their new passwords.
# Exit codes: 0 set; 1 not, with the reason as the last line of stderr.
set -euo pipefail
here=${PGHERD_ROOT:-}/etc/pgherd/scripts
# shellcheck source-path=SCRIPTDIR/../../topology/streaming/files source=names.sh
. "$here/names.sh"
member=$(own_member)
# shellcheck source-path=SCRIPTDIR/../../component/postgres/files source=connect.sh
. "$here/connect.sh"
# shellcheck source-path=SCRIPTDIR/../../topology/streaming/files source=server.sh
. "$here/server.sh"

read -r superuser
read -r replication
read -r owner
# A run that was cut off may have set them already.
choose_passwords
{
  printf "\\\\set superuser_verifier '%s'\n" "$superuser"
  printf "\\\\set replication_verifier '%s'\n" "$replication"
  printf "\\\\set owner_verifier '%s'\n" "$owner"
  # Neither the log nor statistics shall have them, not even by a failing statement.
  cat <<'SQL'
\getenv superuser PGUSER
\getenv replicator PGHERD_REPLICATOR
\getenv owner PGHERD_OWNER
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET pg_stat_statements.track_utility = off;
BEGIN;
ALTER ROLE :"superuser" PASSWORD :'superuser_verifier';
ALTER ROLE :"replicator" PASSWORD :'replication_verifier';
ALTER ROLE :"owner" PASSWORD :'owner_verifier';
COMMIT;
SQL
} | psql --no-psqlrc -qAtX --no-password -v ON_ERROR_STOP=1 --dbname postgres
