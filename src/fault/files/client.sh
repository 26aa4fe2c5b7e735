#!/bin/sh
# Writes the password file that psql reads, in memory and readable by this user alone, and again whenever the Secret has
# changed, until it is ended.
# Everything that is said of the cluster from inside is said by commands run beside this one.
# Needs: PGPASSFILE PGHERD_CREDENTIALS (folder of the Secret's files) PGHERD_SUPERUSER PGHERD_OWNER
set -eu

# A line for any server. A backslash keeps colons and backslashes of a password from being read as separators.
entry() { printf '*:*:*:%s:%s\n' "$1" "$(sed 's/[\\:]/\\&/g' "$PGHERD_CREDENTIALS/$2")"; }

# Process 1 has no default reaction to signals, and the shell runs a trap only between commands.
trap 'exit 0' INT TERM
umask 077
seen=
while :; do
  # The kubelet replaces all files of a Secret at once, by a link.
  now=$(readlink "$PGHERD_CREDENTIALS/..data")
  if [ "$now" != "$seen" ]; then
    {
      entry "$PGHERD_SUPERUSER" superuser
      entry "$PGHERD_OWNER" owner
    } >"$PGPASSFILE.new"
    mv "$PGPASSFILE.new" "$PGPASSFILE"
    seen=$now
  fi
  sleep 0.2 &
  wait $!
done
