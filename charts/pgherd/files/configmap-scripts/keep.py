"""Has this member follow what is mounted, as the kubelet changes it: passwords, certificate, settings. Runs in Patroni's own process, which
is told to read its files again, and has the server do so. No session ends, and nothing restarts."""

import os
import signal
import sys
import threading
import time

import member

# Between two looks at the mounted files, in seconds.
LOOK = 1


def is_written(logins):
    """Whether the member works with these passwords already."""
    with open(os.environ["PGPASSFILE"], encoding="utf-8") as file:
        return file.read() == member.password_file(*logins)


def look(host):
    """Writes anew what has changed; whether something has."""
    state = member.mounted()
    is_known = state == member.known()
    if is_known and not os.path.exists(f"{member.CREDENTIALS}/superuser.next"):
        return False
    logins = member.logins(host)
    if is_known and is_written(logins):
        return False
    member.write(state, host, *logins)
    return True


def say(words):
    """Says something in the container's log."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f"{now} pgherd: {words}", file=sys.stderr, flush=True)


def run(host):
    """Looks for as long as this process lives. What is wrong is said once."""
    wrong = None
    while True:
        try:
            # Until Patroni takes the signal, it would end it.
            if signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL and look(host):
                os.kill(os.getpid(), signal.SIGHUP)
                say("what is mounted has changed: Patroni and the server read it again")
            wrong = None
        # Whatever it is: without this thread nothing would be followed any more.
        except Exception as error:
            if str(error) != wrong:
                say(f"what is mounted cannot be followed yet: {error}")
            wrong = str(error)
        time.sleep(LOOK)


def start(host):
    """Keeps on beside whoever calls."""
    threading.Thread(target=run, args=[host], name="keep", daemon=True).start()
