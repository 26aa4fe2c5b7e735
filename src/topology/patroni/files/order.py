#!/usr/bin/python3 -B
"""Has this member's Patroni do something, and tells what came of it: `restart` its server, `copy` its data anew, `failover` to this member,
`pause` or `resume` who leads by itself in the whole cluster, `paused` or `resumed`: wait until this member's does so. Arguments: one of
these, and for how many seconds. Exit code 0 when it is done; 1 with the reason."""

import json
import os
import sys
import time

import urllib3

import switch

# Between two looks.
LOOK = 0.2


def answered(answer):
    """The words of an answer; ends with them where they are no consent."""
    words = answer.data.decode(errors="replace").strip()
    if answer.status != 200:
        sys.exit(f"pgherd: Patroni refuses ({answer.status}): {words}")
    return words


def until(seconds, look):
    """Looks until a look finds nothing wrong; ends with what was wrong last."""
    deadline = time.monotonic() + seconds
    while True:
        wrong = look()
        if not wrong:
            return
        if time.monotonic() > deadline:
            sys.exit(f"pgherd: after {seconds} s {wrong}")
        time.sleep(LOOK)


def state(own):
    """This member's, as Patroni tells of it."""
    return next((one.get("state") for one in own.members() if one["name"] == os.environ["PGHERD_POD"]), "unknown")


def data():
    """By what the data directory is told from another in its place."""
    try:
        return os.stat(os.environ["PGDATA"]).st_ino
    except FileNotFoundError:
        return None


def restart(own, seconds):
    """Restarts the server, and waits until it does its part."""
    said = answered(own.ask("POST", "/restart", {}, seconds))
    until(seconds, lambda: None if state(own) in ("running", "streaming") else f"the server is {state(own)}")
    return said


def copy(own, seconds):
    """Copies the data anew, and waits until the copy is in place and streams."""
    before = data()
    answered(own.ask("POST", "/reinitialize", {}))

    def look():
        if data() in (None, before):
            return f"no other data is in place; the member is {state(own)}"
        return None if state(own) == "streaming" else f"the copy is in place, and the member is {state(own)}"

    until(seconds, look)
    return "copied anew"


def failover(own, seconds):
    """Has this member take the lead, whatever commits waited for."""
    return answered(own.ask("POST", "/failover", {"candidate": os.environ["PGHERD_POD"]}, seconds))


def is_paused(own):
    """Whether this member's Patroni leaves it to people who leads."""
    return bool(json.loads(own.ask("GET", "/patroni").data).get("pause"))


def pause(own, seconds):
    """Leaves it to people who leads."""
    answered(own.ask("PATCH", "/config", {"pause": True}, seconds))
    return "paused"


def resume(own, seconds):
    """Leaves it to the members."""
    answered(own.ask("PATCH", "/config", {"pause": None}, seconds))
    return "resumed"


def paused(own, seconds):
    """Waits until this member knows."""
    until(seconds, lambda: None if is_paused(own) else "it is not paused yet")
    return "paused"


def resumed(own, seconds):
    """The same of the end."""
    until(seconds, lambda: "it is paused still" if is_paused(own) else None)
    return "resumed"


ORDERS = {one.__name__: one for one in (restart, copy, failover, pause, resume, paused, resumed)}

if __name__ == "__main__":
    try:
        print(ORDERS[sys.argv[1]](switch.Own(), int(sys.argv[2])))
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        sys.exit(f"pgherd: Patroni does not answer: {error}")
