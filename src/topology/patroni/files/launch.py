"""Starts Patroni, the one that the image has, with six of its habits changed; its arguments are the member's host name, and Patroni's.
Changes nothing else. Beside it runs keep.py.

Names that commits wait for: where it knows of no standby yet, Patroni 4.1.5 has them wait for `*`, by which whoever receives WAL counts,
or for `ANY None (*)`, which no server takes, so that they wait for nobody. Here they wait for one of the other members, by name.

Pauses: who gives the lead away, and who does not get it, sleeps for 2 s so that somebody can take it. Here they sleep until somebody
has, and 2 s at most: with one of them away, commits wait for the other.

Looks: whoever waits for a silent leader's time to be over looks when it is, and not up to a look's interval later.

Questions: before a member takes the lead it asks the others how far they are, all at once, and waits for 2 s for one that is silent, as
the leader before may be. Here it waits for 1 s; who answers later does not count, and the same is asked again at the next look.

A mark: while it makes a cluster there is one on the volume, by which unfinished.py knows that nobody has used what is there.

Data: it removes none (aside.py)."""

import os
import sys
import time

# Before patroni.ha, which it needs half of.
import patroni.postgresql.bootstrap
import patroni.postgresql.config
import patroni.postgresql.sync
import patroni.dcs.kubernetes
import patroni.ha
import patroni.request
from patroni.__main__ import main

import aside
import keep
import member

# Between two looks at who leads; the look is at what this process has heard, and asks nobody.
LOOK = 0.02
# What sleeps so that somebody can take the lead.
GIVING = ("demote", "process_unhealthy_cluster")


class Clock:
    """The module `time`, as what decides who leads has it."""

    def __getattr__(self, name):
        return getattr(time, name)

    @staticmethod
    def sleep(seconds):
        """Sleeps, or waits until another leads."""
        caller = sys._getframe(1)
        if seconds == 2 and caller.f_code.co_name in GIVING:
            wait_for_leader(caller.f_locals["self"], seconds)
        else:
            time.sleep(seconds)


def wait_for_leader(ha, seconds):
    """Until another than this member leads, or so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        leader = ha.dcs.get_cluster().leader
        if leader and leader.name and leader.name != ha.state_handler.name:
            return
        time.sleep(LOOK)


def by_name(value):
    """What commits wait for, by names where it was none of a member."""
    return member.others() if value and "*" in value else value


def changed(names, parse):
    """Has a server wait for names, and Patroni read them back as what it asked for."""

    def set_names(self, value):
        return names(self, by_name(value))

    def parse_names(value):
        return parse("*" if value == member.others() else value)

    return set_names, parse_names


def until_silent(watch):
    """Has a member that waits wake up when the leader's time is over."""

    def watch_until(self, leader_version, timeout):
        # As Patroni does, so that those that follow look behind the one that leads.
        timeout += 0.5 if leader_version else 0
        if self._leader_observed_time is not None:
            left = self._leader_observed_time + self._ttl - time.time()
            if 0 < left < timeout:
                timeout = left + LOOK
        return watch(self, None, timeout)

    return watch_until


def shorter(request):
    """Has a question between members take half the time at most."""

    def asked(self, *words, **options):
        if options.get("timeout") == 2:
            options["timeout"] = 1
        return request(self, *words, **options)

    return asked


def marked(make, finish):
    """Has a mark be on the volume from before there is any data until the cluster has its roles and databases."""
    mark = os.environ["PGHERD_UNFINISHED"]

    def make_marked(self, config):
        # Nobody makes a cluster where data was put aside: it may be the only one that is left.
        if os.path.lexists(f"{os.environ['PGDATA']}.old"):
            keep.say("no cluster is made: there is data, put aside as .old; move it back, or away")
            return False
        with open(mark, "w", encoding="ascii") as file:
            os.fsync(file.fileno())
        return make(self, config)

    def finish_marked(self, config, task):
        done = finish(self, config, task)
        if task.result and os.path.exists(mark):
            os.remove(mark)
        return done

    return make_marked, finish_marked


if __name__ == "__main__":
    handler = patroni.postgresql.config.ConfigHandler
    handler.set_synchronous_standby_names, patroni.postgresql.sync.parse_sync_standby_names = changed(
        handler.set_synchronous_standby_names, patroni.postgresql.sync.parse_sync_standby_names
    )
    maker = patroni.postgresql.bootstrap.Bootstrap
    maker.bootstrap, maker.post_bootstrap = marked(maker.bootstrap, maker.post_bootstrap)
    api = patroni.dcs.kubernetes.Kubernetes
    api.watch = until_silent(api.watch)
    question = patroni.request.PatroniRequest
    question.__call__ = shorter(question.__call__)
    patroni.ha.time = Clock()
    patroni.ha.Ha.clone = aside.unharmed(patroni.ha.Ha.clone)
    patroni.postgresql.Postgresql.remove_data_directory = aside.put_aside
    keep.start(sys.argv.pop(1))
    main()
