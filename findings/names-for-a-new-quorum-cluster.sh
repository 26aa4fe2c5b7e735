#!/bin/bash
# Patroni with synchronous_mode: quorum and synchronous_mode_strict: true promises that commits wait for a standby. When it has made a new
# cluster and knows of no standby yet, it asks for "any standby": the set of names {*}, without a number of them. One would expect the
# text for that, `ANY 1 (*)`. With quorum the missing number is written out as Python writes it: `ANY None (*)`. A server refuses that
# at the reload and keeps what it had, for a new cluster nothing, so that the first commits wait for nobody until the next look.
# With synchronous_mode: on the same set gives `*`.
# So the server needs names of its own to begin with, for instance in a file that postgresql.conf includes.
#
# Seen with patroni 4.1.5. Needs python3 with venv. Exit codes: 0 as described; 1 not, with what was seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet patroni==4.1.5 psycopg-binary==3.2.10 psycopg==3.2.10

cat >"$folder/ask.py" <<'PYTHON'
from unittest.mock import Mock

from patroni import global_config
from patroni.collections import CaseInsensitiveSet
from patroni.postgresql.sync import SyncHandler


def text(mode):
    """What a server is told in a new cluster of this mode."""
    global_config.update(None, {"synchronous_mode": mode, "synchronous_mode_strict": True})
    server = Mock(supports_multiple_sync=True, supports_quorum_commit=True)
    SyncHandler(server).set_synchronous_standby_names(CaseInsensitiveSet("*"))
    return server.config.set_synchronous_standby_names.call_args[0][0]


for mode in ("quorum", True):
    print(mode, "->", text(mode))
PYTHON
seen=$("$folder/venv/bin/python" "$folder/ask.py")
echo "$seen"
expected="quorum -> ANY None (*)
True -> *"
[ "$seen" = "$expected" ] || { echo "that is not what was seen before:" >&2; echo "$expected" >&2; exit 1; }
