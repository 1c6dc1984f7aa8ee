"""A way back that something stops halfway: what ran goes on with what was its own."""

import pytest
from fake_bundle import Box, make_bundle, put_program

INSTALL = "install.sh"
NEWER = {"store.sqlite": (12, ["anna", "since"]), "events.sqlite": (3, ["anna", "since"])}
FORMER = {"store.sqlite": (11, ["anna"]), "events.sqlite": (2, ["anna"])}


@pytest.fixture(scope="module")
def an_updated_box(tmp_path_factory):
    """Made once for all."""
    folder = tmp_path_factory.mktemp("updated")
    box = Box(folder)
    box.installed(make_bundle(folder, "0.1.0") / INSTALL)
    for name, (form, people) in FORMER.items():
        box.write_store(name, form, people)
    box.installed(make_bundle(folder, "0.2.0", store_form=12, events_form=3) / INSTALL)
    for name, (form, people) in NEWER.items():
        box.write_store(name, form, people)
    return box


@pytest.fixture
def updated(an_updated_box, tmp_path):
    """A box that went from 0.1.0 to 0.2.0, which brought both files into forms of its own."""
    return an_updated_box.copied(tmp_path)


def stores(box):
    return {name: box.read_store(name) for name in NEWER}


def refusing(box, program, words):
    """A folder for a PATH whose ``program`` fails when its arguments hold ``words``."""
    do = f'case "$*" in *{words}*) echo "No space left on device" >&2; exit 1 ;; esac; exec /bin/{program} "$@"'
    return put_program(box.folder / "bin", program, do)


@pytest.mark.parametrize(
    ("program", "words", "said"),
    [
        ("cp", "store.sqlite.part", "no room for a copy of"),
        ("cp", "events.sqlite.part", "no room for a copy of"),
        ("mv", "var/store.sqlite.part", "the store could not be put in order"),
        ("mv", "var/events.sqlite.part", "the store could not be put in order"),
        ("ln", "after-update/events.sqlite", "the store could not be put in order"),
        ("mv", ".current.new", "cannot swap"),
    ],
)
def test_a_way_back_that_fails_halfway_leaves_the_newer_version_its_own_store(updated, program, words, said):
    """It ran on with the people of before the update, and theirs of since then went with the next one."""
    box = updated
    script = box.base / "current" / INSTALL
    ended = box.install(script, "--rollback", path=refusing(box, program, words))
    assert (ended.returncode, said in ended.stdout) == (1, True), ended.stdout
    assert box.link("current") == "0.2.0"
    assert stores(box) == NEWER
    assert not list(box.var.glob("*.part"))
    (box.folder / "bin" / program).unlink()
    box.installed(script, "--rollback")
    assert (box.link("current"), stores(box)) == ("0.1.0", FORMER)
    assert not list(box.var.glob("*.part"))


def test_who_is_erased_while_the_copies_are_made_is_not_brought_back(updated):
    """The copy that the erasing did not know of would have become the store."""
    box = updated
    erase = f'/bin/sync "$@"; case "$*" in *store.sqlite.part*) rm {box.var}/before-update/* ;; esac'
    ended = box.install(
        box.base / "current" / INSTALL, "--rollback", path=put_program(box.folder / "bin", "sync", erase)
    )
    assert (ended.returncode, box.link("current")) == (1, "0.2.0"), ended.stdout
    assert stores(box) == NEWER
    assert not list(box.var.rglob("*.part"))


def test_room_for_the_copies_is_asked_for_before_anything_is_written(updated):
    """A disk that is filled up takes the journal of the running service."""
    box = updated
    little = put_program(box.folder / "bin", "df", "echo head; echo /dev/x 100 90 1 90% /data")
    wrote = f'case "$*" in *sqlite.part*) touch {box.folder}/written ;; esac; exec /bin/cp "$@"'
    put_program(box.folder / "bin", "cp", wrote)
    ended = box.install(box.base / "current" / INSTALL, "--rollback", path=little)
    assert (ended.returncode, "no room for a copy of" in ended.stdout) == (1, True), ended.stdout
    assert (box.link("current"), stores(box)) == ("0.2.0", NEWER)
    assert not (box.folder / "written").exists()
