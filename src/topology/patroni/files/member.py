"""Writes what differs between members, and passwords, into memory: a file of Patroni's settings, libpq's password file, the server's
own settings. Run by start.sh; its argument is the member's host name; keep.py does the same when a mounted file changes. Reads mounted
files, and asks servers which passwords they take; changes nothing else."""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys

import yaml

SETTINGS = "/etc/pgherd/patroni"
FILES = ("durability", "patroni", "timing")
CONFIG = "/etc/pgherd/config/postgresql.conf"
CREDENTIALS = "/etc/pgherd/credentials"
TLS = "/etc/pgherd/tls"
RUN = "/run/pgherd"
SOCKET = "/var/run/postgresql"
API_USER = "pgherd"
# As many as a spec may have.
MOST_MEMBERS = 12

# Settings that every member has to have alike: Patroni gives them to servers as options, and takes them from its own record alone.
# https://patroni.readthedocs.io/en/latest/patroni_configuration.html#important-rules
ALIKE = (
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "track_commit_timestamp",
    "wal_keep_size",
    "wal_level",
    "wal_log_hints",
)


def alike():
    """Those settings as the mounted configuration has them."""
    found = {}
    with open(CONFIG, encoding="utf-8") as config:
        for line in config:
            row = re.match(r"(\w+) = (?:'(.*)'|(.*))$", line.rstrip("\n"))
            if row and row[1] in ALIKE:
                quoted = row[2].replace("''", "'") if row[2] is not None else None
                found[row[1]] = row[3] if quoted is None else quoted
    return found


def password(name):
    """The password in a file of the Secret, less the line break at its end; ValueError where it is none."""
    with open(f"{CREDENTIALS}/{name}", encoding="utf-8") as file:
        text = file.read().rstrip("\n")
    if not text or any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError(f"the password in the Secret's file '{name}' is empty or has a control character")
    return text


def is_taken(user, secret, host):
    """Whether a server lets a role in by a password."""
    # Only where passwords are being changed: others that import this never need it.
    import psycopg2

    login = role(user, secret) if host != SOCKET else {"username": user, "password": secret}
    words = {"user": login.pop("username"), "host": host, "dbname": "postgres", "connect_timeout": 2}
    try:
        psycopg2.connect(**login, **words).close()
        return True
    except psycopg2.OperationalError:
        return False


def in_use(name, user, hosts):
    """The password of a role that servers take: while `pgherd rotate` changes them, the Secret has the next one beside that of now. A
    server that has not replayed the change yet takes the one of before, so that one who takes the next decides."""
    if os.path.exists(f"{CREDENTIALS}/{name}.next"):
        following = password(f"{name}.next")
        if any(is_taken(user, following, host) for host in hosts):
            return following
    return password(name)


def logins(host):
    """The superuser's password, who comes to this member's server alone, and that of replication, which any other may ask for."""
    own, domain = host.split(".", 1)
    set_ = own.rsplit("-", 1)[0]
    members = [f"{set_}-{one}.{domain}" for one in range(MOST_MEMBERS) if f"{set_}-{one}" != own]
    return (
        in_use("superuser", os.environ["PGUSER"], [SOCKET]),
        in_use("replication", os.environ["PGHERD_REPLICATOR"], [SOCKET, *members]),
    )


def api_password(superuser):
    """That of the REST API: made of the superuser's, who may do all that and more, and not to be read back into it."""
    return hmac.new(superuser.encode(), b"patroni REST API", hashlib.sha256).hexdigest()


def role(user, secret):
    """How Patroni logs in."""
    login = {"username": user, "password": secret}
    if os.environ["PGHERD_SSLMODE"] == "verify-full":
        login.update(sslmode="verify-full", sslrootcert=f"{TLS}/ca.crt")
    return login


def wal_directory():
    """Where WAL goes, where it has a volume of its own."""
    volume = os.environ.get("PGHERD_WAL_VOLUME")
    return [{"waldir": f"{volume}/wal"}] if volume else []


def initdb():
    """How the first data directory is made."""
    options = [
        {"encoding": os.environ["PGHERD_ENCODING"]},
        {"locale": os.environ["PGHERD_LOCALE"]},
        {"auth": "scram-sha-256"},
    ]
    if os.environ["PGHERD_CHECKSUMS"] == "on":
        options.append("data-checksums")
    elif "--no-data-checksums" in subprocess.run(["initdb", "--help"], capture_output=True, text=True, check=True).stdout:
        # Since 18, where checksums are the default.
        options.append("no-data-checksums")
    return options + wal_directory()


def shared():
    """What every member has to know alike, as the mounted file has it and the mounted configuration."""
    dynamic = {}
    for name in FILES:
        with open(f"{SETTINGS}/{name}.yml", encoding="utf-8") as file:
            dynamic.update(yaml.safe_load(file)["bootstrap"]["dcs"])
    dynamic["postgresql"]["parameters"] = alike()
    return dynamic


def settings(host, superuser, replicator):
    """What stands beside the cluster's settings."""
    replication = role(os.environ["PGHERD_REPLICATOR"], replicator)
    return {
        "bootstrap": {"dcs": {"postgresql": {"parameters": alike()}}, "initdb": initdb()},
        "restapi": {
            "connect_address": f"{host}:8008",
            "authentication": {"username": API_USER, "password": api_password(superuser)},
        },
        "postgresql": {
            "connect_address": f"{host}:5432",
            "authentication": {
                "superuser": role(os.environ["PGUSER"], superuser),
                "replication": replication,
                "rewind": replication,
            },
        },
    }


def megabytes(size):
    """A size of a volume, such as 10Gi."""
    number, unit = int(size[:-2]), size[-2:]
    return number * {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}[unit]


def others():
    """One of the other members that there may be, as a server is told whom commits wait for."""
    set_, ordinal = os.environ["PGHERD_POD"].rsplit("-", 1)
    names = ",".join(f'"{set_}-{one}"' for one in range(MOST_MEMBERS) if one != int(ordinal))
    return f"ANY 1 ({names})"


def own_settings():
    """A slot may keep a quarter of the volume; between two checkpoints there is half of that, and 1 GB at most. Where commits wait
    for a standby, they wait for any other member until Patroni has named those that there are: none of meanwhile goes without."""
    volume = megabytes(os.environ["PGHERD_STORAGE_SIZE"])
    settings = f"max_slot_wal_keep_size = '{volume // 4}MB'\nmax_wal_size = '{min(volume // 8, 1024)}MB'\n"
    # Who follows one that is promoted asks it for the new timeline so much later, and commits may be waiting for that.
    settings += "wal_retrieve_retry_interval = '100ms'\n"
    dynamic = shared()
    # YAML reads `on` and `off` as true and false, and so does Patroni.
    if dynamic["synchronous_mode"] and dynamic["synchronous_mode_strict"]:
        settings += f"synchronous_standby_names = '{others()}'\n"
    return settings


def password_file(superuser, replicator):
    """For psql beside the server."""
    rows = [(os.environ["PGUSER"], superuser), (os.environ["PGHERD_REPLICATOR"], replicator)]
    escape = str.maketrans({"\\": r"\\", ":": r"\:"})
    return "".join(f"*:*:*:{user}:{secret.translate(escape)}\n" for user, secret in rows)


def put(path, text):
    """Writes a file whole, for nobody else to read."""
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def mounted():
    """Which state of each folder is there: the kubelet changes all files of one at once, by this link."""
    links = (f"{one}/..data" for one in (SETTINGS, CREDENTIALS, TLS, os.path.dirname(CONFIG)))
    return [os.readlink(one) for one in links if os.path.lexists(one)]


def known():
    """The state that was written last."""
    with open(f"{RUN}/mounted", encoding="utf-8") as file:
        return json.load(file)


def write(state, host, superuser, replicator):
    """Everything. The state is that of before it was read: what has changed meanwhile is read again."""
    put(f"{RUN}/patroni/20-member.yml", json.dumps(settings(host, superuser, replicator)))
    put(f"{RUN}/member.conf", own_settings())
    put(os.environ["PGPASSFILE"], password_file(superuser, replicator))
    put(f"{RUN}/mounted", json.dumps(state))


if __name__ == "__main__":
    try:
        write(mounted(), sys.argv[1], *logins(sys.argv[1]))
    except ValueError as error:
        sys.exit(f"pgherd: {error}")
