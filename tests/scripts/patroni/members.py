"""What members of a cluster with Patroni do by their Python scripts, with an API that is made up here: races that a cluster shows too
seldom. Run by tests/scripts/patroni.rs; its argument is the folder of the scripts. Patroni itself, urllib3 and yaml are not needed."""

import os
import sys
import tempfile
import types
import unittest
from unittest import mock

SCRIPTS = sys.argv.pop(1)
sys.path.insert(0, SCRIPTS)
os.environ.update(
    PGHERD_POD="shop-1", PGHERD_POD_UID="uid-1", PGHERD_POD_ADDRESS="10.0.0.1", PGHERD_NAMESPACE="here", PGHERD_CLUSTER="shop",
    PGHERD_SSLMODE="disable", PGDATA="/nowhere/data", PGHERD_UNFINISHED="/nowhere/.pgherd.unfinished",
)


def module(name, **members):
    """A module that is imported and not looked into."""
    made = types.ModuleType(name)
    vars(made).update(members)
    sys.modules[name] = made
    return made


class Failed(Exception):
    """Any error of urllib3's."""


module("urllib3", exceptions=types.SimpleNamespace(HTTPError=Failed), PoolManager=mock.Mock())
module("yaml", safe_load=None)
PATRONI = ("postgresql", "postgresql.misc", "postgresql.bootstrap", "postgresql.config", "postgresql.sync", "dcs", "dcs.kubernetes", "ha", "request")
patroni = module("patroni")
for part in PATRONI:
    made = module(f"patroni.{part}")
    *above, last = part.split(".")
    parent = sys.modules[".".join(["patroni", *above])]
    setattr(parent, last, made)
module("patroni.__main__", main=None)
sys.modules["patroni.postgresql.misc"].PostgresqlRole = types.SimpleNamespace(UNINITIALIZED="uninitialized")

import agent  # noqa: E402
import aside  # noqa: E402
import keep  # noqa: E402
import launch  # noqa: E402
import leave  # noqa: E402
import member  # noqa: E402
import release  # noqa: E402
import unfinished  # noqa: E402
from api import Refused  # noqa: E402


class Store:
    """Objects by their paths, each with a version; a change that names another version is refused."""

    def __init__(self, **objects):
        self.objects, self.asked = {}, []
        for path, value in objects.items():
            self.put(path, value)

    def put(self, path, value):
        value.setdefault("metadata", {})["resourceVersion"] = str(len(self.asked) + 1000)
        self.objects[path] = value

    def ask(self, method, path, body=None):
        name = path.rsplit("/", 1)[1]
        self.asked.append((method, name))
        if method == "GET":
            return self.objects.get(name)
        if method == "POST":
            self.put(body["metadata"]["name"], body)
            return body
        kept = self.objects[name]
        told = body["metadata"].get("resourceVersion")
        if told and told != kept["metadata"]["resourceVersion"]:
            raise Refused(409, "changed meanwhile")
        for part in ("annotations", "labels"):
            for key, value in body["metadata"].get(part, {}).items():
                target = kept["metadata"].setdefault(part, {})
                target[key] = value
                if value is None:
                    del target[key]
        if "endpoints" in body:
            kept["endpoints"] = body["endpoints"]
        self.put(name, kept)
        return kept


def record(leader):
    """Patroni's record of who leads."""
    return {"metadata": {"annotations": {"leader": leader} if leader else {}}}


def slice_(name, uid, address):
    """A slice that leads to a pod."""
    return {"endpoints": [{"addresses": [address], "targetRef": {"name": name, "uid": uid}}]}


def pod(uid, address):
    """A pod."""
    return {"metadata": {"uid": uid}, "status": {"podIP": address}}


class Agent(unittest.TestCase):
    """Where clients are led."""

    def agent(self, **objects):
        store = Store(**{name.replace("_", "-"): value for name, value in objects.items()})
        store.put("shop-1", pod("uid-1", "10.0.0.1"))
        made = agent.Agent(store, "shop-patroni", ["shop-primary"])
        made.keep_settings = lambda: None
        return made, store

    def led_to(self, store):
        return [one["addresses"] for one in store.objects["shop-primary"]["endpoints"]]

    def test_who_has_the_key_has_clients_led_there(self):
        made, store = self.agent(shop_primary=slice_("shop-0", "uid-0", "10.0.0.9"), shop_patroni_leader=record("shop-1"))
        made.look("shop-1")
        self.assertEqual(self.led_to(store), [["10.0.0.1"]])

    def test_one_that_slept_changes_nothing(self):
        made, store = self.agent(shop_primary=slice_("shop-0", "uid-0", "10.0.0.9"), shop_patroni_leader=record("shop-2"))
        made.look("shop-1")
        self.assertEqual(self.led_to(store), [["10.0.0.9"]])

    def test_one_that_slept_between_its_look_and_its_change_changes_nothing(self):
        made, store = self.agent(shop_primary=slice_("shop-0", "uid-0", "10.0.0.9"), shop_patroni_leader=record("shop-1"))
        ask = store.ask

        def slept(method, path, body=None):
            if method == "PATCH":
                store.put("shop-primary", slice_("shop-2", "uid-2", "10.0.0.2"))
                store.put("shop-patroni-leader", record("shop-2"))
                store.ask = ask
            return ask(method, path, body)

        store.ask = slept
        made.look("shop-1")
        self.assertEqual(self.led_to(store), [["10.0.0.2"]])

    def test_a_slice_that_another_changed_is_taken_back_by_who_leads(self):
        made, store = self.agent(shop_primary=slice_("shop-1", "uid-1", "10.0.0.1"), shop_patroni_leader=record("shop-1"))
        made.look("shop-1")
        store.put("shop-primary", {"endpoints": []})
        made.look("shop-1")
        self.assertEqual(self.led_to(store), [["10.0.0.1"]])

    def test_a_slice_of_a_pod_that_is_gone_or_has_another_address_is_emptied(self):
        for found in (None, pod("uid-new", "10.0.0.9"), pod("uid-0", "10.0.0.8")):
            made, store = self.agent(shop_primary=slice_("shop-0", "uid-0", "10.0.0.9"), shop_patroni_leader=record(""))
            if found:
                store.put("shop-0", found)
            made.look("")
            self.assertEqual(self.led_to(store), [], found)

    def test_a_slice_of_a_pod_that_is_there_is_left_alone(self):
        made, store = self.agent(shop_primary=slice_("shop-0", "uid-0", "10.0.0.9"), shop_patroni_leader=record(""))
        store.put("shop-0", pod("uid-0", "10.0.0.9"))
        made.look("")
        self.assertEqual(self.led_to(store), [["10.0.0.9"]])

    def test_readers_come_later_than_writers(self):
        made, store = self.agent(shop_primary=slice_("shop-0", "uid-0", "10.0.0.9"), shop_patroni_leader=record("shop-0"))
        store.put("shop-0", pod("uid-0", "10.0.0.9"))


        def labels(leader, now):
            store.put("shop-patroni-leader", record(leader))
            with mock.patch("time.monotonic", return_value=now):
                made.look(leader)
            return dict(store.objects["shop-1"]["metadata"].get("labels", {}))

        read = {"pgherd/reads": "true"}
        self.assertEqual([labels("", 90.0), labels("shop-0", 91.0)], [{}, read])
        self.assertEqual(labels("", 99.0), read)
        self.assertEqual([labels("shop-1", now) for now in (100.0, 101.0, 102.0)], [read, read, {}])
        self.assertEqual([labels("shop-0", now) for now in (110.0, 111.0, 112.0)], [{}, {}, read])


class Release(unittest.TestCase):
    """The key of a member whose server was killed."""

    def released(self, leader, config="{}"):
        store = Store(**{"shop-patroni-leader": record(leader)})
        store.put("shop-patroni-config", {"metadata": {"annotations": {"config": config}}})
        release.release(store, "core", "shop-patroni", "shop-1")
        return "leader" not in store.objects["shop-patroni-leader"]["metadata"]["annotations"]

    def test_only_its_own_is_given_away_and_not_in_a_pause(self):
        self.assertTrue(self.released("shop-1"))
        self.assertFalse(self.released("shop-2"))
        self.assertFalse(self.released("shop-1", '{"pause": true}'))


class Launch(unittest.TestCase):
    """Patroni's habits that are changed."""

    def test_commits_wait_for_a_member_by_name(self):
        for value in ("*", "ANY None (*)", "ANY 1 (*)"):
            self.assertEqual(launch.by_name(value), member.others())
        for value in (None, "shop-0", 'ANY 1 ("shop-0","shop-2")'):
            self.assertEqual(launch.by_name(value), value)
        self.assertIn('"shop-0"', member.others())
        self.assertNotIn('"shop-1"', member.others())
        self.assertEqual(member.others().count('"'), 2 * (member.MOST_MEMBERS - 1))

    def test_patroni_reads_back_what_it_asked_for(self):
        kept = {}
        set_names, parse = launch.changed(lambda self, value: self.update(names=value), lambda value: f"parsed {value}")
        set_names(kept, "ANY 1 (*)")
        self.assertEqual(kept["names"], member.others())
        self.assertEqual(parse(kept["names"]), "parsed *")
        self.assertEqual(parse("shop-0"), "parsed shop-0")

    def test_a_pause_ends_when_another_leads(self):
        ha = mock.Mock()
        ha.state_handler.name = "shop-1"
        leaders = iter([None, "shop-1", "shop-2"])

        def cluster():
            name = next(leaders)
            return types.SimpleNamespace(leader=name and types.SimpleNamespace(name=name))

        ha.dcs.get_cluster = cluster
        slept = []
        with mock.patch("time.sleep", slept.append):
            self.demote(ha, 2)
            self.another(ha, 2)
        self.assertEqual(slept, [launch.LOOK, launch.LOOK, 2])

    @staticmethod
    def demote(self, seconds):
        launch.Clock().sleep(seconds)

    @staticmethod
    def another(self, seconds):
        launch.Clock().sleep(seconds)

    def test_a_look_comes_when_the_time_of_the_leader_is_over(self):
        kept = []
        watch = launch.until_silent(lambda self, version, timeout: kept.append(round(timeout, 2)))
        dcs = types.SimpleNamespace(_leader_observed_time=100.0, _ttl=20)
        for now in (100.0, 119.0, 121.0):
            with mock.patch("time.time", return_value=now):
                watch(dcs, "1", 2)
        self.assertEqual(kept, [2.5, 1.0 + launch.LOOK, 2.5])

    def test_a_question_waits_for_half_the_time(self):
        asked = launch.shorter(lambda self, *words, **options: options)
        self.assertEqual(asked(None, "m", timeout=2, retries=0), {"timeout": 1, "retries": 0})
        self.assertEqual(asked(None, "m", timeout=10), {"timeout": 10})

    def test_a_mark_is_there_until_the_cluster_has_its_roles(self):
        with tempfile.TemporaryDirectory() as folder:
            mark = f"{folder}/mark"
            with mock.patch.dict(os.environ, PGHERD_UNFINISHED=mark, PGDATA=f"{folder}/data"):
                os.mkdir(f"{folder}/data.old")
                make, finish = launch.marked(lambda self, config: True, None)
                self.assertFalse(make(None, {}))
                os.rmdir(f"{folder}/data.old")
                make, finish = launch.marked(lambda self, config: os.path.exists(mark), lambda self, config, task: None)
                self.assertTrue(make(None, {}))
            finish(None, {}, types.SimpleNamespace(result=False))
            self.assertTrue(os.path.exists(mark))
            finish(None, {}, types.SimpleNamespace(result=True))
            self.assertFalse(os.path.exists(mark))


class Aside(unittest.TestCase):
    """Data that Patroni would remove."""

    def server(self, folder):
        os.mkdir(f"{folder}/data")
        return mock.Mock(data_dir=f"{folder}/data", is_copying=False)

    def test_it_is_put_aside_and_one_that_is_there_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            server = self.server(folder)
            aside.put_aside(server)
            self.assertEqual(os.listdir(folder), ["data.old"])
            aside.put_aside(server)
            with open(f"{folder}/data.old/kept", "w", encoding="ascii"):
                pass
            os.mkdir(server.data_dir)
            with self.assertRaises(OSError):
                aside.put_aside(server)
            self.assertEqual(sorted(os.listdir(folder)), ["data", "data.old"])

    def test_a_copy_that_fails_leaves_what_was_there(self):
        with tempfile.TemporaryDirectory() as folder:
            ha = types.SimpleNamespace(state_handler=self.server(folder))
            aside.unharmed(lambda self: aside.put_aside(self.state_handler))(ha)
            self.assertEqual(os.listdir(folder), ["data"])
            aside.put_aside(ha.state_handler)
            self.assertEqual(os.listdir(folder), ["data.old"])


    def test_a_copy_cut_off_before_its_last_step_never_takes_the_place_of_data(self):
        with tempfile.TemporaryDirectory() as folder:
            ha = types.SimpleNamespace(state_handler=self.server(folder))
            aside.unharmed(lambda self: os.mkdir(f"{folder}/data.ready"))(ha)
            self.assertEqual(sorted(os.listdir(folder)), ["data", "data.new"])


class Followed(unittest.TestCase):
    """Mounted files, as they change."""

    HOST = "shop-1.shop-members"

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = self.folder.name
        places = {name.upper(): f"{self.at}/{name}" for name in ("settings", "credentials", "tls", "config", "run")}
        for one in places.values():
            os.mkdir(one)
            os.symlink("state-1", f"{one}/..data")
        places["CONFIG"] += "/postgresql.conf"
        self.taken = set()
        self.patch(mock.patch.multiple(member, **places, settings=lambda *words: words, own_settings=lambda: ""))
        self.patch(mock.patch.multiple(member, is_taken=lambda user, secret, host: (user, secret, host) in self.taken))
        roles = {"PGUSER": "postgres", "PGHERD_REPLICATOR": "replicator", "PGPASSFILE": f"{self.at}/run/pgpass"}
        self.patch(mock.patch.dict(os.environ, roles))
        os.mkdir(f"{self.at}/run/patroni")
        self.secret(superuser="old", replication="old")
        member.write(member.mounted(), self.HOST, *member.logins(self.HOST))

    def patch(self, what):
        what.start()
        self.addCleanup(what.stop)

    def secret(self, **files):
        for name, text in files.items():
            with open(f"{self.at}/credentials/{name.replace('_', '.')}", "w", encoding="ascii") as file:
                file.write(f"{text}\n")

    def state(self, folder, state):
        """What the kubelet does to the folder when it changes."""
        os.remove(f"{self.at}/{folder}/..data")
        os.symlink(state, f"{self.at}/{folder}/..data")

    def passwords(self):
        with open(f"{self.at}/run/pgpass", encoding="ascii") as file:
            return [line.rsplit(":", 1)[1] for line in file.read().split()]

    def test_nothing_is_written_while_nothing_changes(self):
        self.assertFalse(keep.look(self.HOST))
        for folder in ("settings", "credentials", "tls", "config"):
            self.state(folder, "state-2")
            self.assertEqual([keep.look(self.HOST), keep.look(self.HOST)], [True, False], folder)

    def test_the_next_password_is_used_once_a_server_takes_it(self):
        self.secret(superuser_next="new", replication_next="new")
        self.state("credentials", "state-2")
        self.assertTrue(keep.look(self.HOST))
        self.assertEqual(self.passwords(), ["old", "old"])
        self.assertFalse(keep.look(self.HOST))
        # The leader's server has it already; this one's has not replayed the change.
        self.taken.add(("replicator", "new", "shop-0.shop-members"))
        self.assertTrue(keep.look(self.HOST))
        self.assertEqual(self.passwords(), ["old", "new"])
        self.taken.add(("postgres", "new", member.SOCKET))
        self.assertTrue(keep.look(self.HOST))
        self.assertEqual(self.passwords(), ["new", "new"])
        # The rotation has ended: what was next is now the one there is.
        for name in ("superuser", "replication"):
            os.remove(f"{self.at}/credentials/{name}.next")
        self.secret(superuser="new", replication="new")
        self.state("credentials", "state-3")
        self.assertTrue(keep.look(self.HOST))
        self.assertEqual(self.passwords(), ["new", "new"])

    def test_a_password_that_is_none_changes_nothing(self):
        self.secret(superuser="")
        self.state("credentials", "state-2")
        with self.assertRaises(ValueError):
            keep.look(self.HOST)
        self.assertEqual(self.passwords(), ["old", "old"])


class Leave(unittest.TestCase):
    """Who leads once the pod of the one that does ends."""

    def test_the_lowest_number_that_stays_takes_the_lead(self):
        def pods(**ending):
            return [{"metadata": {"name": f"shop-{n}"} | ({"deletionTimestamp": "now"} if ending.get(f"n{n}") else {})} for n in (0, 2, 10)]

        self.assertEqual(leave.next_leader(["shop-10", "shop-2"], pods()), "shop-2")
        self.assertEqual(leave.next_leader(["shop-10", "shop-2"], pods(n2=True)), "shop-10")
        self.assertIsNone(leave.next_leader(["shop-2"], pods(n2=True)))
        self.assertIsNone(leave.next_leader([], pods()))

    def test_only_who_leads_hands_over(self):
        own = mock.Mock()
        own.members.return_value = [{"name": "shop-1", "role": "replica"}, {"name": "shop-0", "role": "leader"}]
        leave.main(mock.Mock(), own)
        own.switch.assert_not_called()


class Unfinished(unittest.TestCase):
    """Data of a cluster whose making was cut off."""

    def settled(self, made, own):
        """What is on the volume and in the record then."""
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(f"{folder}/data")
            mark = f"{folder}/mark"
            with open(mark, "w", encoding="ascii"):
                pass
            annotations = {} if made is None else {"initialize": made}
            store = Store(**{"shop-patroni-config": {"metadata": {"annotations": annotations}}})
            with mock.patch.dict(os.environ, PGDATA=f"{folder}/data"), mock.patch.object(unfinished, "own_identifier", lambda: own):
                unfinished.settle(store, "core/shop-patroni-config", mark)
            return sorted(os.listdir(folder)), store.objects["shop-patroni-config"]["metadata"]["annotations"].get("initialize")

    def test_it_is_put_aside_and_made_anew(self):
        self.assertEqual(self.settled("", None), (["data.unfinished"], None))
        self.assertEqual(self.settled("", "7"), (["data.unfinished"], None))
        self.assertEqual(self.settled("8", "7"), (["data.unfinished"], "8"))

    def test_data_of_the_cluster_and_data_that_nobody_knows_of_stay(self):
        self.assertEqual(self.settled("7", "7"), (["data"], "7"))
        self.assertEqual(self.settled(None, "7"), (["data"], None))


if __name__ == "__main__":
    unittest.main()
