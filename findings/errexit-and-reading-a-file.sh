#!/bin/bash
# In bash "$(<file)" is "$(cat file)" without the program, and so it was put in its place in scripts that run with `set -e`. One
# would expect a file that is missing to be handled by both alike: what stands before `||`, or is the condition of an `if`, does
# not end a shell by errexit. With cat it does not. With "$(<file)" the shell ends there, with 1 and without coming to what
# stands behind `||`. In a shell without errexit, and in one that a substitution runs, which is without it, too, it goes on.
# So a file that may be missing is read by cat, or by `read -r line <file || true`, which goes on as well.
#
# Seen with bash 5.2.15 (Debian 12). Needs apt-get of Debian 12, which brings the package without installing it, and dpkg.
# Exit codes: 0 as described; 1 not, with what was seen; 2 that version cannot be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet 'bash=5.2.15-2*' >/dev/null 2>&1 || { echo "bash 5.2.15-2 cannot be had here" >&2; exit 2; }
dpkg --extract bash_*.deb there

# Prints what a script says, and the code that it ends with.
said() {
  local code=0 words
  words=$(there/bin/bash -c "$1" 2>/dev/null) || code=$?
  echo "$words/$code"
}

expect() {
  local seen
  seen=$(said "$2")
  printf '%-8s %s\n' "$seen" "$2"
  [ "$seen" = "$1" ] || { echo "expected $1" >&2; exit 1; }
}

there/bin/bash --version | head -n 1
# shellcheck disable=SC2016 # for the other bash
{
  expect on/0 'set -e; words=$(cat missing) || words=none; echo on'
  expect /1 'set -e; words=$(<missing) || words=none; echo on'
  expect on/0 'set -e; if [ "$(cat missing)" = a ]; then :; fi; echo on'
  expect /1 'set -e; if [ "$(<missing)" = a ]; then :; fi; echo on'
  expect on/0 'words=$(<missing) || words=none; echo on'
  expect on/0 'set -e; words=none; read -r words <missing || true; echo on'
}
