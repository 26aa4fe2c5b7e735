-- The role of the exporters: it reads statistics, and nothing else. Run by metrics.sh on the primary, as the superuser;
-- running it again does no harm. A role of this name that somebody else has made is left alone.
-- Its password comes from the mounted Secret and must not reach the server's log or statistics.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET pg_stat_statements.track_utility = off;
-- The probe must not wait for a standby, or for a lock.
SET synchronous_commit = local;
SET statement_timeout = '3s';
\getenv role PGHERD_METRICS
\set password `printf %s "$(cat "${PGHERD_ROOT-}/etc/pgherd/credentials/metrics")"`
\set sign 'pgherd: the exporters of metrics'
SELECT count(*) = 0 AS is_new FROM pg_roles WHERE rolname = :'role' \gset
BEGIN;
\if :is_new
CREATE ROLE :"role";
COMMENT ON ROLE :"role" IS :'sign';
\endif
SELECT shobj_description(oid, 'pg_authid') IS NOT DISTINCT FROM :'sign' AS is_own FROM pg_roles WHERE rolname = :'role' \gset
\if :is_own
ALTER ROLE :"role" LOGIN CONNECTION LIMIT 10 PASSWORD :'password';
ALTER ROLE :"role" SET statement_timeout = '10s';
GRANT pg_monitor TO :"role";
\else
DO $$BEGIN RAISE LOG 'pgherd: there is a role of the exporters'' name that pgherd did not make: it is left alone, and there are no metrics'; END$$;
\endif
COMMIT;
