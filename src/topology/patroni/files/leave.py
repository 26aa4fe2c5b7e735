#!/usr/bin/python3 -B
"""Has the member that it runs in hand the lead over, if it leads, before its pod ends. Run by the kubelet. Whoever has the lowest number
takes it: a rollout begins with the highest, so that there are two moves at most. Exit code 0, whatever came of it: Patroni, which is told
to stop next, gives the lead away, too."""

import os
import sys

import urllib3

import agent
import switch
from api import Api, Refused

# For how long a hand-over may keep a pod from ending.
SECONDS = 15


def ordinal(name):
    """The number of a member."""
    return int(name.rsplit("-", 1)[1])


def next_leader(takers, pods):
    """The member with the lowest number whose pod is not about to end, too; None where there is none."""
    stay = {one["metadata"]["name"] for one in pods if not one["metadata"].get("deletionTimestamp")}
    return min((one for one in takers if one in stay), key=ordinal, default=None)


def main(api, own):
    """Hands over, if there is something to hand over, and somebody to take it."""
    pod = os.environ["PGHERD_POD"]
    if not any(one["name"] == pod and one["role"] == "leader" for one in own.members()):
        return
    path = f"{agent.CORE}/pods?labelSelector=pgherd%2Fscope%3D{agent.scope()}"
    to = next_leader(own.takers(), api.ask("GET", path)["items"])
    if to:
        status, words = own.switch(to, SECONDS)
        agent.log(f"before this pod ends: {words} ({status})")


if __name__ == "__main__":
    try:
        main(Api(), switch.Own())
    except (urllib3.exceptions.HTTPError, Refused, OSError, ValueError, KeyError) as error:
        agent.log(f"the lead is not handed over before this pod ends: {error}")
    sys.exit(0)
