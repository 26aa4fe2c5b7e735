#!/bin/bash
# Ends the psql of one session in this container. Not by a signal that it may handle: at its prompt it can lose one.
# Its server process notices within seconds (client_connection_check_interval) and ends the statement, too.
# Run by `pgherd psql` when the user is gone; the API does not tell a program so. $1: the session's variable, NAME=VALUE.
set -u
for process in /proc/[0-9]*; do
  [ "${process#/proc/}" = $$ ] && continue
  if grep -qsz -x -F -- "$1" "$process/environ"; then
    kill -KILL "${process#/proc/}"
  fi
done
