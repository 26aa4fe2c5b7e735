# shellcheck shell=bash
# The role as which the exporters of metrics log in. Sourced by the readiness probe; standbys have the primary's roles.
# Needs: PGHERD_METRICS (its name; not set where the spec has no metrics), connect.sh, server.sh, `here`
: "${credentials:?}" "${here:?}" "${run_files:?}"

# Has this primary take the role by the password in the Secret's file `metrics`: at its start, and each time when the Secret
# has changed. Nothing of it fails the member: without the file there are no metrics, which the exporter's log says.
follow_metrics_role() {
  local now done=$run_files/metrics
  [ -n "${PGHERD_METRICS-}" ] && [ -s "$credentials/metrics" ] || return 0
  now=$(readlink "$credentials/..data") || return 0
  [ "$now" != "$(cat "$done" 2>/dev/null)" ] || return 0
  if psql --no-psqlrc -qAtX --dbname postgres --no-password -v ON_ERROR_STOP=1 --file "$here/metrics.sql"; then
    echo "$now" >"$done"
  else
    tell "the role $PGHERD_METRICS was not made: the server's log says why; trying again"
  fi
}
