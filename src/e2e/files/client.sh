#!/bin/sh
# Writes the password file that psql reads, in memory and readable by this user alone, then stays until it is ended.
# Everything that is said of the cluster from inside is said by commands run beside this one.
# Needs: PGPASSFILE PGHERD_CREDENTIALS (folder of the Secret's files) PGHERD_SUPERUSER PGHERD_OWNER
set -eu

# A line for any server. A backslash keeps colons and backslashes of a password from being read as separators.
entry() { printf '*:*:*:%s:%s\n' "$1" "$(sed 's/[\\:]/\\&/g' "$PGHERD_CREDENTIALS/$2")"; }

umask 077
{
  entry "$PGHERD_SUPERUSER" superuser
  entry "$PGHERD_OWNER" owner
} >"$PGPASSFILE.new"
mv "$PGPASSFILE.new" "$PGPASSFILE"

# Process 1 has no default reaction to signals, and the shell runs a trap only between commands.
trap 'exit 0' INT TERM
tail -f /dev/null &
wait
