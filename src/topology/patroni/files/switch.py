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


class Own:
    """The REST API of the member that this runs in."""

    def __init__(self):
        with open(f"{member.RUN}/patroni/20-member.yml", encoding="utf-8") as file:
            own = json.load(file)["restapi"]
        encrypted = os.environ["PGHERD_SSLMODE"] == "verify-full"
        login = own["authentication"]
        self.headers = urllib3.make_headers(basic_auth=f"{login['username']}:{login['password']}")
        self.headers["Content-Type"] = "application/json"
        self.pool = urllib3.PoolManager(ca_certs=f"{member.TLS}/ca.crt" if encrypted else None, retries=False)
        self.address = f"{'https' if encrypted else 'http'}://{own['connect_address']}"
        self.takers_are = TAKERS[bool(member.shared()["synchronous_mode"])]

    def ask(self, method, path, body=None, seconds=5):
        """What it answers."""
        sent = None if body is None else json.dumps(body)
        return self.pool.request(method, self.address + path, body=sent, headers=self.headers, timeout=seconds)

    def members(self):
        """All of them, as Patroni tells of them."""
        return json.loads(self.ask("GET", "/cluster").data).get("members", [])

    def takers(self):
        """Those that may take the lead."""
        may = [one for one in self.members() if one["role"] in self.takers_are]
        return [one["name"] for one in may if one.get("state") == "streaming"]

    def switch(self, to, seconds):
        """Hands over; what came of it, as a status and Patroni's words."""
        body = {"leader": os.environ["PGHERD_POD"]} | ({"candidate": to} if to else {})
        answer = self.ask("POST", "/switchover", body, seconds)
        return answer.status, answer.data.decode(errors="replace").strip()


def await_taker(own, to):
    """Waits until there is somebody to take the lead. Where nobody is for long, Patroni says what it makes of that."""
    deadline = time.monotonic() + NOBODY_FOR
    while time.monotonic() < deadline:
        takers = own.takers()
        if to in takers or (takers and not to):
            return
        time.sleep(0.1)


def main(to):
    """Asks, and tells what came of it."""
    own = Own()
    await_taker(own, to)
    status, words = own.switch(to, SECONDS)
    if status != 200:
        sys.exit(f"pgherd: Patroni refuses ({status}): {words}")
    print(words)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
