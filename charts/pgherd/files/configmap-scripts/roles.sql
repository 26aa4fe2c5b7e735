-- The first roles and the first database of a cluster. Run once, by initialise.sh, as the superuser.
-- Passwords come from the mounted Secret and must not reach the server's log or statistics, not even by a failing
-- statement.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET pg_stat_statements.track_utility = off;
\getenv replicator PGHERD_REPLICATOR
\getenv owner PGHERD_OWNER
\getenv database PGHERD_DATABASE
\set replication_password `printf %s "$(cat "${PGHERD_ROOT-}/etc/pgherd/credentials/replication")"`
\set owner_password `printf %s "$(cat "${PGHERD_ROOT-}/etc/pgherd/credentials/owner")"`
CREATE ROLE :"replicator" LOGIN REPLICATION PASSWORD :'replication_password';
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
SELECT format('CREATE DATABASE %I', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
ALTER DATABASE :"database" OWNER TO :"owner";
