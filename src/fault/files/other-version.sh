#!/bin/bash
# Marks a member's data as another major version's while no server has it, and tells what is on its volumes. Run in a
# pod beside the member's, on the same volumes.
#
#   other-version.sh mark     waits until the server has ended, marks, and prints what is there then
#   other-version.sh list     prints what is there: the number of files, and a checksum of names, modes, sizes, times and content
#   other-version.sh restore  takes the mark away
#
# Exit codes: 0; 1 when a server keeps the volume.
set -euo pipefail
kept=${TMPDIR:-/tmp}/PG_VERSION
volumes=("${PGDATA%/*}" ${PGHERD_WAL_VOLUME:+"$PGHERD_WAL_VOLUME"})

lock() {
  exec 9>>"${PGDATA%/*}/.pgherd.lock"
  flock -w 25 9 || { echo 'a server keeps the volume' >&2; exit 1; }
}

list() {
  find "${volumes[@]}" -type f | wc -l
  {
    find "${volumes[@]}" -printf '%p %y %m %s %T@\n' | sort
    find "${volumes[@]}" -type f -print0 | sort -z | xargs -0 cat
  } | sha256sum
}

case $1 in
mark)
  lock
  cp -p "$PGDATA/PG_VERSION" "$kept"
  echo $(($(cat "$kept") - 1)) >"$PGDATA/PG_VERSION"
  list
  ;;
list) list ;;
restore)
  lock
  [ ! -e "$kept" ] || cp -p "$kept" "$PGDATA/PG_VERSION"
  ;;
esac
