"""``doctor`` said nothing of devices that were passed over, and ``devices list`` showed removed ones as coming."""

from contextlib import closing

import pytest
from command import command

from sophon_report.config import load_settings
from sophon_report.doctor.examine import examine
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.devices import DeviceStore

CAMERA = "rtsp://user:geheim@127.0.0.1:9/"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    lines = [f'data_dir = "{tmp_path / "d"}"', "[limits]", "streams = 2"]
    for name, end in (("door", "a"), ("twin", "a"), ("yard", "b"), ("roof", "c")):
        lines += ["[[device]]", f'id = "{name}"', f'url = "{CAMERA}{end}"']
    path.write_text("\n".join(lines) + "\n")
    return path


def started(config, *removed):
    """The store as a start leaves it, and somebody who removes devices."""
    settings = load_settings(config)
    place = DataDir(settings.data_dir)
    place.prepare()
    with closing(Database.open(place.store)) as database:
        store = DeviceStore(database, lambda: settings.limits)
        assert store.seed([seed.device() for seed in settings.device]) == ("door", "yard")
        for each in removed:
            store.delete(each)
    return settings


def test_doctor_names_what_is_passed_over_and_why(config):
    """One has another's address, one has no room; addresses are told without their passwords."""
    told = {each.subject: each.text for each in examine(started(config)) if each.level == "warning"}
    words = "of the settings file, is not watched:"
    assert told["device twin"] == f"{words} the address rtsp://user:***@127.0.0.1:9/a is that of device door"
    assert told["device roof"] == f"{words} there are 2 streams already"


def test_a_stopped_service_lists_no_device_that_was_removed(config):
    """The next start does not bring it back; one that had no room comes."""
    started(config, "yard")
    listed = command("devices", "list", "--config", config).stdout
    assert "door" in listed
    assert "roof" in listed
    assert "yard" not in listed
    assert "twin" not in listed
