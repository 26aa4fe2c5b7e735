#!/usr/bin/python3 -B
"""Has the member that it runs in hand the lead over, by Patroni's REST API. Run by `pgherd switchover`; its argument is the pod that
is to lead, none for whichever Patroni finds the best. Prints Patroni's words. Exit code 0 when another leads; 1 when not, with the
reason: Patroni's own command ends with 0 all the same."""

import json
import os
import sys
import time

import urllib3

import member

# As long as Patroni itself waits for the lead to have moved, and some more.
SECONDS = 60
# For how long there may be nobody to take the lead: whoever leads since a moment ago names those that commits wait for at its next look.
NOBODY_FOR = 15
# What a member is called that may take the lead.
TAKERS = {False: ("replica",), True: ("sync_standby", "quorum_standby")}


def await_taker(pool, address, to, is_synchronous):
    """Waits until there is somebody to take the lead. Where nobody is for long, Patroni says what it makes of that."""
    deadline = time.monotonic() + NOBODY_FOR
    while time.monotonic() < deadline:
        answer = pool.request("GET", f"{address}/cluster", timeout=SECONDS)
        members = json.loads(answer.data).get("members", [])
        takers = [one["name"] for one in members if one["role"] in TAKERS[is_synchronous] and one.get("state") == "streaming"]
        if to in takers or (takers and not to):
            return
        time.sleep(0.1)


def main(to):
    """Asks, and tells what came of it."""
    with open(f"{member.RUN}/patroni/20-member.yml", encoding="utf-8") as file:
        own = json.load(file)["restapi"]
    encrypted = os.environ["PGHERD_SSLMODE"] == "verify-full"
    login = own["authentication"]
    headers = urllib3.make_headers(basic_auth=f"{login['username']}:{login['password']}")
    body = {"leader": os.environ["PGHERD_POD"]} | ({"candidate": to} if to else {})
    pool = urllib3.PoolManager(ca_certs=f"{member.TLS}/ca.crt" if encrypted else None, retries=False)
    address = f"{'https' if encrypted else 'http'}://{own['connect_address']}"
    await_taker(pool, address, to, bool(member.shared()["synchronous_mode"]))
    answer = pool.request(
        "POST", f"{address}/switchover", body=json.dumps(body), headers=headers | {"Content-Type": "application/json"}, timeout=SECONDS
    )
    words = answer.data.decode(errors="replace").strip()
    if answer.status != 200:
        sys.exit(f"pgherd: Patroni refuses ({answer.status}): {words}")
    print(words)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
