"""A restore ended half-way, cameras not put back, when the box had no room for one more destination."""

from contextlib import closing

from command import write_config

from sophon_report.box_backup import Restoring, Wish, make_backup
from sophon_report.config import load_settings
from sophon_report.model import Destination, Device, DeviceType
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.destinations import MAX_DESTINATIONS, DestinationStore
from sophon_report.store.devices import DeviceStore

WISH = Wish(("devices", "destinations"))
CAMERA = Device("gate", "gate", DeviceType.RTSP, "rtsp://10.0.0.9/1")


def receiver(name):
    return Destination(name, "http://127.0.0.1:9/x", layout="g2")


def stopped(folder, *names, cameras=()):
    """The settings of a stopped service with destinations of these names."""
    folder.mkdir()
    settings = load_settings(write_config(folder))
    place = DataDir(settings.data_dir)
    place.prepare()
    with closing(Database.open(place.store)) as database:
        for name in names:
            DestinationStore(database).add(receiver(name))
        for camera in cameras:
            DeviceStore(database, lambda: settings.limits).add(camera)
    return settings


def test_those_that_there_is_no_room_for_are_refused_by_name(tmp_path):
    """Looked through, too; one that comes meanwhile takes the room of one more, and the cameras are put back."""
    full = stopped(tmp_path / "a", "east", "west", "south", cameras=[CAMERA])
    make_backup(full, tmp_path / "box.zip", WISH, lambda *_: None)
    others = [f"other{number}" for number in range(MAX_DESTINATIONS - 2)]
    settings = stopped(tmp_path / "b", *others)
    store, steps = DataDir(settings.data_dir).store, []

    def told(step, _done, _total):
        if step == "destinations" and step not in steps:
            with closing(Database.open(store)) as database:
                DestinationStore(database).add(receiver("meanwhile"))
        steps.append(step)

    with Restoring(settings, tmp_path / "box.zip", WISH, told) as restoring:
        plan = restoring.look()["destinations"]
        assert (plan["added"], set(plan["refused"])) == (["east", "west"], {"south"})
        done = restoring.put_back()
    assert (done["destinations"]["added"], set(done["destinations"]["refused"])) == (["east"], {"west", "south"})
    with closing(Database.open(store)) as database:
        assert [one.name for one in DestinationStore(database).list()] == [*others, "meanwhile", "east"]
        assert DeviceStore(database, lambda: settings.limits).get("gate") == CAMERA
