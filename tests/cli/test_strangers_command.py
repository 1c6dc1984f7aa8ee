"""``people strangers|enrol``, beside a service and without one."""

import json
from contextlib import closing

import pytest
from command import command, write_config
from running_box import MODEL, running_box, until, vector

from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.strangers import Filed, Merged, Seen, StrangerPicture, StrangerStore

EVE = "1760000000.000000001"
FORMER = "1760000060.000000002"
PHOTO = b"\xff\xd8 eve"


@pytest.fixture
def config(folder):
    """Settings of a stopped service whose library knows Eve, under two ids at first."""
    config = write_config(folder)
    picture = StrangerPicture("p1", PHOTO, vector("eve"), MODEL, 10.0)
    other = StrangerPicture("p2", PHOTO, vector("mallory"), MODEL, 10.0)
    with closing(Database.open(folder / "d" / "store.sqlite")) as database:
        changes = [Filed(EVE, 1_760_000_000_000, picture), Filed(FORMER, 1_760_000_060_000, other)]
        seen = {EVE: Seen(1_760_090_000_000, 12)}
        StrangerStore(database).write([*changes, Merged(FORMER, EVE)], seen)
    return config


def people(folder):
    with closing(Database.open(folder / "d" / "store.sqlite")) as database:
        return [(each.identity_id, each.name, each.user_type.value) for each in PeopleStore(database).list()]


def test_the_strangers_are_listed_with_their_visits(config):
    """One line for each, without pictures."""
    listed = command("people", "strangers", "--config", config)
    assert listed.returncode == 0, listed
    [line] = [line for line in listed.stdout.splitlines() if EVE in line]
    assert "12" in line.split()
    assert FORMER not in listed.stdout


def test_without_strangers_the_list_says_so(folder):
    """Before the first start, too."""
    config = write_config(folder)
    assert command("people", "strangers", "--config", config).stdout == "no stranger is filed\n"
    assert command("people", "enrol", EVE, "--id", "E-1", "--name", "Eve", "--config", config).returncode == 1


@pytest.mark.parametrize("by", [EVE, FORMER])
def test_a_stopped_service_has_the_person_at_its_next_start(config, folder, by):
    """By the id of now, or a former one."""
    done = command("people", "enrol", by, "--id", "E-1", "--name", "Eve", "--type", "vip", "--config", config)
    assert (done.returncode, done.stdout) == (0, "registered E-1\n")
    assert people(folder) == [("E-1", "Eve", "vip")]
    assert command("people", "strangers", "--config", config).stdout == "no stranger is filed\n"
    again = command("people", "enrol", by, "--id", "E-2", "--name", "Eve", "--config", config)
    assert (again.returncode, again.stderr.strip()) == (
        1,
        f"sophon-report: the stranger {by} is registered as E-1 already",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["7.000000001", "--id", "E-1", "--name", "Eve"], "no stranger has the id 7.000000001"),
        ([EVE, "--id", EVE, "--name", "Eve"], "the id is that of the stranger"),
        ([EVE, "--id", " ", "--name", ""], "the name is missing"),
    ],
)
def test_what_cannot_be_enrolled_is_told_and_changes_nothing(config, folder, arguments, said):
    """On standard error, with status 1."""
    done = command("people", "enrol", *arguments, "--config", config)
    assert done.returncode == 1
    assert said in done.stderr
    assert people(folder) == []


def test_a_running_service_knows_the_person_at_once(folder):
    """The command asks it."""
    root = folder / "d"
    with running_box(root, strangers={"enabled": True}) as box:
        client = box.connect()
        client.send("{}")
        until(lambda: box.subscribed() == 1)

        def told():
            box.vision.visit("eve")
            return json.loads(client.recv_data(4096)[1].decode("utf-8"))

        told()
        eve = told()["identity_id"]
        done = command("people", "enrol", eve, "--id", "E-1", "--name", "Eve", "--data-dir", root)
        assert (done.returncode, done.stdout) == (0, "registered E-1\n")
        assert told()["identity_name"] == "Eve"
        refused = command("people", "enrol", "7.1", "--id", "E-2", "--name", "Eve", "--data-dir", root)
        assert (refused.returncode, "no stranger has the id 7.1" in refused.stderr) == (1, True)
        client.shutdown()
