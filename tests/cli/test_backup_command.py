"""``backup`` and ``restore``: one box becomes as another was, whether a service runs or not."""

import os
import stat
from contextlib import closing

import pytest
from command import SECRET, command, write_config
from running_box import running_box
from samples import PHOTO_JPEG

from sophon_report.box_backup import Restoring, Wish, make_backup
from sophon_report.config import load_settings
from sophon_report.errors import BadInput
from sophon_report.model import Destination, Device, DeviceType, Person, PersonFace, Transport
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.devices import DeviceStore
from sophon_report.store.people import PeopleStore
from sophon_report.store.settings import SettingsStore

CAMERA = f"rtsp://root:{SECRET}@10.0.0.33/ch1"


def quiet(_step, _done, _total):
    """Nobody is told how far it is."""


def fill(config, camera="gate"):
    """A stopped service with a bit of everything."""
    settings = load_settings(config)
    place = DataDir(settings.data_dir)
    place.prepare()
    with closing(Database.open(place.store)) as database:
        SettingsStore(database).change({}, {"visit.gap_s": 7.0})
        devices = DeviceStore(database, lambda: settings.limits)
        devices.add(Device(camera, "east gate", DeviceType.RTSP, f"{CAMERA}/{camera}"))
        headers = Transport(headers=(("X-Key", SECRET),))
        DestinationStore(database).add(
            Destination("platform", "http://127.0.0.1:9/x", layout="g2", transport=headers)
        )
        face = PersonFace("f1", "p1", PHOTO_JPEG, bytes(512), "0" * 64)
        PeopleStore(database).add(Person("E-1", "Ada"), [face])
    return place


@pytest.fixture
def full(folder):
    config = write_config(folder)
    fill(config)
    return config


def test_a_stopped_box_becomes_as_another_was(folder, full, tmp_path):
    """It is said before what would change, and nothing does without a yes."""
    (tmp_path / "word").write_text("correct horse\n")
    file, word = tmp_path / "box.zip", ("--passphrase-file", tmp_path / "word")
    made = command("backup", file, "--config", full, *word)
    assert made.returncode == 0, made.stderr
    assert "1 devices, 1 destinations" in made.stdout
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert command("backup", file, "--config", full).returncode == 1
    (tmp_path / "other").mkdir()
    empty = write_config(tmp_path / "other")
    parts = ("--part", "settings", "--part", "devices", "--part", "destinations")
    asked = command("restore", file, "--config", empty, *word, *parts)
    assert asked.returncode == 1
    assert "devices, new: gate" in asked.stdout
    assert asked.stdout.endswith("nothing was changed\n")
    done = command("restore", file, "--config", empty, *word, *parts, "--yes")
    assert done.returncode == 0, done.stderr
    settings = load_settings(empty)
    with closing(Database.open(DataDir(settings.data_dir).store)) as database:
        assert SettingsStore(database).all() == {"visit.gap_s": 7.0}
        assert DeviceStore(database, lambda: settings.limits).get("gate").url == f"{CAMERA}/gate"
        assert DestinationStore(database).get("platform").transport.headers == (("X-Key", SECRET),)
    again = command("restore", file, "--config", empty, *word, *parts, "--dry-run")
    assert (again.returncode, "devices, new" in again.stdout) == (0, False)


def test_what_is_refused_while_it_is_put_back_is_named_and_tells_by_the_status(full, tmp_path):
    """Such as a camera more than the settings allow, which looking through it does not count."""
    file = tmp_path / "box.zip"
    assert command("backup", file, "--config", full, "--part", "devices").returncode == 0
    (tmp_path / "other").mkdir()
    small = write_config(tmp_path / "other", "[limits]\nstreams = 1\n")
    fill(small, camera="other")
    done = command("restore", file, "--config", small, "--yes")
    assert (done.returncode, done.stdout.count("devices: gate is refused")) == (1, 1)


def test_a_file_that_is_no_backup_is_refused_in_words(full, tmp_path):
    """So is one that is not there."""
    (tmp_path / "box.zip").write_bytes(b"PK no")
    for name in ("box.zip", "none.zip"):
        ended = command("restore", tmp_path / name, "--config", full, "--yes")
        assert ended.returncode == 1
        assert name in ended.stderr


def test_a_running_box_makes_and_takes_one_by_command(tmp_path):
    """People too; other programs go on, and nothing is left in its folders."""
    with running_box(tmp_path / "a") as box:
        box.register("E-1", "Ada", "ada")
        settings = box.process.live.now
        counts = make_backup(settings, tmp_path / "box.zip", Wish(), quiet)
        assert (counts["people"], counts["devices"]) == (1, 2)
        with pytest.raises(BadInput, match="is there already"):
            make_backup(settings, tmp_path / "box.zip", Wish(), quiet)
        assert list(box.place.backups.iterdir()) == []
    with running_box(tmp_path / "b") as box:
        with Restoring(box.process.live.now, tmp_path / "box.zip", Wish(), quiet) as restoring:
            assert restoring.look()["people"]["new"] == 1
            assert box.call(box.process.people.stats).faces == 0
            assert restoring.put_back()["registered"] == 1
        assert box.call(box.process.people.stats).faces == 1
        assert list(box.place.import_folder.iterdir()) == []


def test_a_store_that_a_service_wrote_is_put_back_by_a_stopped_one(tmp_path):
    """Looked through without models; the settings of the moment stay when only people are asked for."""
    with running_box(tmp_path / "a") as box:
        box.register("E-1", "Ada", "ada")
        settings = box.process.live.now
    assert make_backup(settings, tmp_path / "box.zip", Wish(("people",)), quiet)["people"] == 1
    other = settings.model_copy(update={"data_dir": tmp_path / "b"})
    with Restoring(other, tmp_path / "box.zip", Wish(("people",)), quiet) as restoring:
        plan = restoring.look()
    assert (plan["people"]["new"], plan["settings"]["changed"]) == (1, [])
