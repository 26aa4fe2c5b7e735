# shellcheck shell=bash
# What scripts of components and of commands ask of this member's server. Sourced.
# Needs: PGUSER PGPASSFILE

# Has $PGPASSFILE have passwords that the server takes: keep.py sees to that, within a second.
choose_passwords() { :; }

# Runs SQL on this member's server as the superuser; prints bare values.
ask_self() { psql --no-psqlrc -qAtX --no-password -v ON_ERROR_STOP=1 --dbname postgres -c "$1"; }
