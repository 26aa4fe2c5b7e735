"""Whether this member leads or streams, by Patroni's words, and Patroni goes by the files that are there now: its REST API takes the password
that was written last. Run by ready.sh. Exit code 0; 1 where not, with the reason."""

import os
import sys

import urllib3

import switch

# What the members are called that do what they should.
ROLES = ("leader", "replica", "sync_standby", "quorum_standby")


def wrong(own):
    """What is not as it should be; None where all is."""
    pod = os.environ["PGHERD_POD"]
    states = {one["name"]: (one["role"], one.get("state")) for one in own.members()}
    role, state = states.get(pod, ("no member", None))
    if role not in ROLES or state not in ("running", "streaming"):
        return f"Patroni says that {pod} is {role}, {state}"
    answer = own.ask("POST", "/reload")
    if answer.status == 401:
        return "Patroni has not read its new password yet"
    return None


if __name__ == "__main__":
    try:
        sys.exit(wrong(switch.Own()))
    except (urllib3.exceptions.HTTPError, OSError, ValueError, KeyError) as error:
        sys.exit(f"Patroni does not answer: {error}")
