"""Gives the lead away that this member still has by the record, though its server was killed: another that has all that was acknowledged
takes it at once, instead of when this one's time is over. Run before Patroni starts; only where commits wait for standbys. Exit code 0,
also where there is nothing to give: Patroni decides then."""

import json
import os
import sys

import urllib3

import agent
import member
from api import Api, Refused


def is_paused(api, core, scope):
    """Whether somebody has asked that nobody moves the lead."""
    config = api.ask("GET", f"{core}/configmaps/{scope}-config") or {}
    text = (config.get("metadata", {}).get("annotations") or {}).get("config") or "{}"
    return bool(json.loads(text).get("pause"))


def release(api, core, scope, pod):
    """Frees the key, if the record names this pod and nobody has written it meanwhile."""
    path = f"{core}/configmaps/{scope}-leader"
    record = api.ask("GET", path)
    if agent.leader_in(record) != pod or is_paused(api, core, scope):
        return
    version = record["metadata"]["resourceVersion"]
    api.ask("PATCH", path, {"metadata": {"resourceVersion": version, "annotations": {"leader": None}}})
    agent.log(f"{pod} led when its server was killed: the lead is given away")


if __name__ == "__main__":
    # Otherwise the others may lack what this one has.
    if not member.shared()["synchronous_mode"]:
        sys.exit(0)
    try:
        release(Api(), f"/api/v1/namespaces/{os.environ['PGHERD_NAMESPACE']}", agent.scope(), os.environ["PGHERD_POD"])
    except (urllib3.exceptions.HTTPError, Refused, OSError, ValueError) as error:
        agent.log(f"the lead is not given away: {error}")
