#!/usr/bin/env bash
# Brings a package of Python's index into a folder of its own, for every user to read: bring.sh FOLDER APT PACKAGE==VERSION
# --hash=... What has none of the hashes is refused. Nothing to do where the folder is there; half of one never is.
# Needs python3 with pip, or with venv, which has one. With `apt` as APT, root is given that by apt-get; with `none`, nobody.
# Exit codes: 0; 1 where the package cannot be had; 3 where there is no pip.
set -euo pipefail

# The python whose pip is taken; a new one in the folder $1 where the machine's has none.
python_with_pip() {
  if python3 -m pip --version >/dev/null 2>&1; then
    echo python3
  elif python3 -m venv "$1/venv" >/dev/null 2>&1; then
    echo "$1/venv/bin/python"
  else
    return 1
  fi
}

install_python() {
  echo "no python3 with pip or venv: apt-get install python3-venv" >&2
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv ca-certificates >/dev/null
}

main() {
  local folder=$1 apt=$2 python
  shift 2
  if [ -e "$folder" ]; then return; fi
  umask 022
  mkdir -p "$(dirname "$folder")"
  new=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  trap 'exit 143' TERM
  if ! python=$(python_with_pip "$new"); then
    if [ "$apt" != apt ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      echo "there is no python3 with pip or venv" >&2
      return 3
    fi
    install_python
    python=$(python_with_pip "$new")
  fi
  echo "$*" >"$new/requirements"
  # What the user has set for pip, such as another index, holds; but for what contradicts a folder.
  PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --only-binary :all: --require-hashes --target "$new/packages" --requirement "$new/requirements"
  # Whoever was first has brought the same.
  mv -T "$new/packages" "$folder" 2>/dev/null || [ -e "$folder" ]
}

main "$@" </dev/null
