"""A wipe of people took the devices out of the store at its end: also one that was added since it began."""

import threading

from running_box import running_box
from waiting import until

WIPE, ADD = "/sophon/v2/face/wipedata", "/sophon/v2/face/addmediadevice"
GATE = {"media_device_id": "gate", "media_device_name": "gate", "media_device_url": "10.0.0.9"}


def watched(box):
    return box.call(lambda: [device.device_id for device in box.process.flow.devices()])


def stored(box):
    return box.call(lambda: [device.device_id for device in box.process._devices.list()])


def test_a_device_added_while_people_are_wiped_stays(tmp_path_factory):
    """It was answered as added, and is watched: the next start must know it."""
    with running_box(tmp_path_factory.mktemp("w"), access={"open_writes": True}) as box:
        assert stored(box) == ["door", "yard"]
        asking = threading.Thread(target=box.post, args=(WIPE, {"users": True}))
        with box.process.people._change:  # so that removing people waits
            asking.start()
            until(lambda: not watched(box), "the end of the devices")
            added = box.post(ADD, {**GATE, "media_device_type": "photo"})
        asking.join()
        assert added.status == 200, added
        assert stored(box) == watched(box) == ["gate"]
