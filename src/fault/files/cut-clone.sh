#!/bin/bash
# Kills a copy of the primary's data in the middle, by a signal that no process can handle. Run in the standby's
# container, where the copy is made beside the data directory.
#
#   cut-clone.sh KILOBYTES      kills it once it has grown to this size
#
# Prints `cut KILOBYTES` with what was there when it was killed, and before it `half-filled` when the data directory
# itself was there. The copy is stopped first, so that the size is that of the kill. The container ends with the copy,
# and this script with the container: everything is said before.
# Exit codes: 137 cut; 1 no copy was made while it looked, or it was complete before it could be cut.
set -euo pipefail
deadline=$((SECONDS + 25))

size() {
  local kilobytes
  kilobytes=$(du -sk "$PGDATA.new" 2>/dev/null | cut -f1) || true # files come and go
  echo "${kilobytes:-0}"
}

copiers() {
  local process
  for process in /proc/[0-9]*; do
    # Of this member alone: where it is no container, others copy beside it.
    if [ "$(cat "$process/comm" 2>/dev/null)" = pg_basebackup ] && tr '\0' '\n' <"$process/cmdline" | grep -qxF "$PGDATA.new"; then echo "${process#/proc/}"; fi
  done
}

fail() {
  echo "$1" >&2
  exit 1
}

# Whoever waits for this script knows by it that the copy may begin: it is there, and not for long yet.
watched=${TMPDIR:-/tmp}/pgherd-cut
trap 'rm -f "$watched"' EXIT
touch "$watched"
until (($(size) >= $1)); do
  [ ! -e "$PGDATA" ] || fail "the data directory is there already"
  ((SECONDS < deadline)) || fail "no copy has reached $1 kB; it has $(size)"
  sleep 0.01
done
mapfile -t processes < <(copiers)
((${#processes[@]} > 0)) || fail "the copy has ended at $(size) kB"
kill -STOP "${processes[@]}"
if [ -e "$PGDATA" ]; then echo half-filled; fi
echo "cut $(size)"
kill -KILL "${processes[@]}"
