"""Asks the Kubernetes API: objects by their paths, and a watch. Knows no cluster."""

import json
import os

import urllib3

FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
# Between two things that a watch has to tell: whoever leads writes every few seconds.
SILENCE = 12


class Refused(Exception):
    """The API's answer, where it is none that was asked for."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


class Api:
    """The API of the cluster that this pod runs in."""

    def __init__(self):
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        self.address = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
        self.pool = urllib3.PoolManager(ca_certs=f"{FOLDER}/ca.crt", retries=False, maxsize=2)

    def headers(self):
        """With the token of now: the kubelet replaces it."""
        with open(f"{FOLDER}/token", encoding="ascii") as token:
            return {"Authorization": f"Bearer {token.read().strip()}", "Content-Type": "application/json"}

    def ask(self, method, path, body=None):
        """What the API answers; None where there is no such object."""
        headers = self.headers()
        if method == "PATCH":
            headers["Content-Type"] = "application/merge-patch+json"
        sent = None if body is None else json.dumps(body).encode()
        answer = self.pool.request(method, self.address + path, body=sent, headers=headers, timeout=5.0)
        if answer.status == 404 and method == "GET":
            return None
        if answer.status >= 300:
            raise Refused(answer.status, answer.data.decode(errors="replace"))
        return json.loads(answer.data)

    def watch(self, path):
        """Each state of what a list has, as it changes. Ends after a while."""
        seconds = urllib3.Timeout(connect=5.0, read=SILENCE)
        answer = self.pool.request(
            "GET", f"{self.address}{path}&watch=1", headers=self.headers(), timeout=seconds, preload_content=False
        )
        try:
            if answer.status >= 300:
                raise Refused(answer.status, answer.read().decode(errors="replace"))
            left = b""
            for chunk in answer.stream(None, decode_content=False):
                *lines, left = (left + chunk).split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        return
                    yield event["object"]
        finally:
            answer.close()
