"""Has the Services for writing lead to this pod while it leads, and Patroni's record of its settings follow the mounted file.

Runs beside every member; its arguments are those Services. Each Service for writing has one EndpointSlice, which no controller keeps. It
is changed once at each move, by the member that has the leader's key, and only as it was before the key was read: one that slept
meanwhile changes nothing. Whoever sees that the pod in it is gone, or has another address, empties it. Readers are led by a label of the
pods that follow."""

import json
import os
import sys
import time

import urllib3
import yaml

import member
from api import Api, Refused

POD, UID, ADDRESS = (os.environ[f"PGHERD_{name}"] for name in ("POD", "POD_UID", "POD_ADDRESS"))
NAMESPACE = os.environ["PGHERD_NAMESPACE"]
CORE = f"/api/v1/namespaces/{NAMESPACE}"
SLICES = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
# How often something is tried that another changed meanwhile.
TRIES = 5
# The label of pods that readers are led to, and for how long, in seconds, it stays as it is when another leads: kube-proxy lets a second
# pass between two changes, and writers come first.
READS = "pgherd/reads"
READS_ON_FOR = 2


def log(words):
    """Says something in the container's log."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f"{now} pgherd: {words}", file=sys.stderr, flush=True)


def leader_in(config_map):
    """Who has the key, by Patroni's record."""
    return ((config_map or {}).get("metadata", {}).get("annotations") or {}).get("leader", "")


def target(endpoint):
    """The pod that an endpoint names; one that somebody made by hand may name none."""
    return endpoint.get("targetRef") or {}


class Agent:
    """What this pod does for its cluster."""

    def __init__(self, api, scope, services):
        self.api, self.scope, self.services = api, scope, services
        self.record = f"{CORE}/configmaps/{scope}-leader"
        # Slices as they were when last read: who leads has to lose no time with reading them.
        self.slices = {}
        # Who leads, since when, by a clock that only goes on, and whether readers are led to this pod; None where that is not known.
        self.leader, self.since, self.is_read = None, 0.0, None

    def run(self):
        """Looks at the record as it changes, for ever."""
        query = f"{CORE}/configmaps?fieldSelector=metadata.name%3D{self.scope}-leader"
        while True:
            try:
                for config_map in self.api.watch(query):
                    self.look(leader_in(config_map))
            except (urllib3.exceptions.HTTPError, Refused, OSError, ValueError) as error:
                log(f"the API does not answer as it should: {error}")
                self.check_all()
            # Before it is asked again, however the watch came to its end: it begins with what there is then.
            time.sleep(0.5)

    def check_all(self):
        """Nobody may be leading: what leads nowhere is emptied all the same."""
        try:
            self.look(leader_in(self.api.ask("GET", self.record)))
        except (urllib3.exceptions.HTTPError, Refused, OSError, ValueError) as error:
            log(f"the API does not answer: {error}")

    def look(self, leader):
        """Puts in order what is this pod's to put in order."""
        for service in self.services:
            if leader == POD:
                self.lead(service)
            else:
                self.empty_where_gone(service)
        now = time.monotonic()
        if leader != self.leader:
            self.leader, self.since = leader, now
        # Where nobody leads, nobody knows yet. A pod that is new makes no readers wait.
        if leader and (now - self.since >= READS_ON_FOR or self.is_read is None):
            self.be_read(leader != POD)
        if leader == POD:
            self.keep_settings()

    def be_read(self, is_read):
        """Has readers be led to this pod, or to others."""
        if self.is_read != is_read:
            label = {READS: "true" if is_read else None}
            self.api.ask("PATCH", f"{CORE}/pods/{POD}", {"metadata": {"labels": label}})
            self.is_read = is_read

    def lead(self, service):
        """Has a Service lead here, if this pod still has the key."""
        for _ in range(TRIES):
            slice_ = self.slices.get(service) or self.read(service)
            if slice_ and self.is_here(slice_):
                # Nobody keeps others from changing it.
                slice_ = self.read(service)
            if slice_ and self.is_here(slice_):
                return
            if leader_in(self.api.ask("GET", self.record)) != POD:
                return
            try:
                if slice_ is None:
                    self.api.ask("POST", SLICES, self.new_slice(service))
                else:
                    self.change(service, slice_, [self.endpoint()])
                log(f"{service} leads here")
                return
            except Refused as error:
                # Another changed it meanwhile, has made it, or removed it.
                self.slices.pop(service, None)
                if error.status not in (404, 409):
                    raise

    def read(self, service):
        """A slice as it is now; None where there is none."""
        self.slices[service] = self.api.ask("GET", f"{SLICES}/{service}")
        return self.slices[service]

    def is_here(self, slice_):
        """Whether a slice leads to this pod."""
        endpoints = slice_.get("endpoints") or []
        return [(one["addresses"], target(one).get("uid")) for one in endpoints] == [([ADDRESS], UID)]

    def empty_where_gone(self, service):
        """Empties a slice whose pod is no longer, or has another address: that address may be somebody else's by now."""
        slice_ = self.read(service)
        for endpoint in (slice_ or {}).get("endpoints") or []:
            name = target(endpoint).get("name", "-")
            pod = self.api.ask("GET", f"{CORE}/pods/{name}")
            if pod and pod["metadata"]["uid"] == target(endpoint).get("uid"):
                if pod["status"].get("podIP") in (None, endpoint["addresses"][0]):
                    continue
            try:
                self.change(service, slice_, [])
                log(f"{service} led to {name}, which is gone")
            except Refused as error:
                if error.status != 409:
                    raise
            return

    def change(self, service, slice_, endpoints):
        """Changes a slice as it was read, or not at all."""
        version = slice_["metadata"]["resourceVersion"]
        self.slices[service] = self.api.ask(
            "PATCH", f"{SLICES}/{service}", {"metadata": {"resourceVersion": version}, "endpoints": endpoints}
        )

    def endpoint(self):
        """This pod."""
        return {
            "addresses": [ADDRESS],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "targetRef": {"kind": "Pod", "name": POD, "namespace": NAMESPACE, "uid": UID},
        }

    def new_slice(self, service):
        """A slice of a Service, which goes with it."""
        owner = self.api.ask("GET", f"{CORE}/services/{service}")
        if owner is None:
            raise ValueError(f"there is no Service {service}")
        return {
            "metadata": {
                "name": service,
                "labels": {
                    "kubernetes.io/service-name": service,
                    "endpointslice.kubernetes.io/managed-by": "pgherd",
                    "app.kubernetes.io/instance": os.environ["PGHERD_CLUSTER"],
                },
                "ownerReferences": [
                    {"apiVersion": "v1", "kind": "Service", "name": service, "uid": owner["metadata"]["uid"]}
                ],
            },
            "addressType": "IPv6" if ":" in ADDRESS else "IPv4",
            "ports": [{"name": "postgresql", "port": 5432, "protocol": "TCP"}],
            "endpoints": [self.endpoint()],
        }

    def keep_settings(self):
        """Has Patroni's record of what all members share be what the mounted file says; whether it is paused stays."""
        path = f"{CORE}/configmaps/{self.scope}-config"
        live = self.api.ask("GET", path)
        text = ((live or {}).get("metadata", {}).get("annotations") or {}).get("config")
        if not text:
            return
        known, wanted = json.loads(text), member.shared()
        if "pause" in known:
            wanted["pause"] = known["pause"]
        if known == wanted:
            return
        metadata = {"resourceVersion": live["metadata"]["resourceVersion"], "annotations": {"config": json.dumps(wanted)}}
        try:
            self.api.ask("PATCH", path, {"metadata": metadata})
            log("Patroni's record of its settings follows the file")
        except Refused as error:
            if error.status != 409:
                raise


def scope():
    """What Patroni calls the cluster: its ConfigMaps begin with it."""
    with open(f"{member.SETTINGS}/patroni.yml", encoding="utf-8") as file:
        return yaml.safe_load(file)["scope"]


if __name__ == "__main__":
    Agent(Api(), scope(), sys.argv[1:]).run()
