"""Puts aside the data of a cluster whose making was cut off, and has the members begin anew: by itself, Patroni has the others wait for
whoever made it, who goes on with what is half made. Run before Patroni starts where the mark of such a making is on the volume; removes
the mark, and of data only what was put aside by an earlier such making. Exit code 0; 1 when the API does not say whether a cluster was made, and nothing was changed."""

import os
import re
import subprocess
import sys

import urllib3

import agent
from api import Api, Refused


def own_identifier():
    """The system identifier of the data here; None where it has none yet."""
    said = subprocess.run(["pg_controldata", os.environ["PGDATA"]], capture_output=True, text=True, check=False)
    found = re.search(r"^Database system identifier: *(\d+)$", said.stdout, re.MULTILINE)
    return found and found[1]


def aside(path):
    """Gives a folder another name, beside it; what had that name goes."""
    if os.path.lexists(path):
        subprocess.run(["rm", "-rf", f"{path}.unfinished"], check=True)
        os.rename(path, f"{path}.unfinished")


def begin_anew(api, path, record):
    """Has whoever comes first make the cluster."""
    version = record["metadata"]["resourceVersion"]
    api.ask("PATCH", path, {"metadata": {"resourceVersion": version, "annotations": {"initialize": None}}})


def settle(api, path, mark):
    """Settles what is on the volume by what the members have written of the cluster."""
    record = api.ask("GET", path)
    made = ((record or {}).get("metadata", {}).get("annotations") or {}).get("initialize")
    # Without a record nobody knows; and one that has this data's identifier was written when it was whole.
    if made is not None and made != own_identifier():
        aside(os.environ["PGDATA"])
        if os.environ.get("PGHERD_WAL_VOLUME"):
            aside(f"{os.environ['PGHERD_WAL_VOLUME']}/wal")
        if made == "":
            begin_anew(api, path, record)
        agent.log("a cluster was being made here when the server was killed: what there is of it is beside the data, as .unfinished")
    os.remove(mark)


if __name__ == "__main__":
    try:
        settle(Api(), f"{agent.CORE}/configmaps/{agent.scope()}-config", sys.argv[1])
    except (urllib3.exceptions.HTTPError, Refused, OSError, ValueError) as error:
        sys.exit(f"pgherd: whether a cluster was made cannot be seen: {error}")
