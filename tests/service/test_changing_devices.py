"""Devices that come, change and go by the vendor's calls, while another one is watched on."""

import asyncio
import json
import urllib.request

import pytest
from command import running_service, until, write_config
from portrait_film import make_film

from sophon_report.admin import Admin
from sophon_report.config import Settings
from sophon_report.delivery.journal import Journal
from sophon_report.model import Recognition, Visit
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir

pytestmark = pytest.mark.models


class Installer:
    """Changes devices through the API port; ``seen`` is every row of the device that is left alone."""

    def __init__(self, place, service, alone):
        self._place, self._service, self._alone, self.seen = place, service, alone, []

    def v2(self, call, **body):
        return self._ask(f"/sophon/v2/face/{call}", "POST", body)

    def old(self, method, **body):
        return self._ask("/SophonDevice/api/Devices", method, body)["data"]

    def rows(self):
        """Devices with their states, by id."""

        async def ask():
            async with Admin(self._place) as admin:
                return (await admin.get("/api/v1/devices"))["devices"]

        rows = {row["device_id"]: row for row in asyncio.run(ask())}
        self.seen.append(rows[self._alone])
        return rows

    def until(self, device_id, *states):
        until(lambda: self.rows()[device_id]["state"] in states, f"{device_id} is {states}")

    def _ask(self, path, method, body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._service.api_port}{path}",
            json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)


def journaled(place):
    """Recognitions and visits of a stopped service."""

    async def read():
        journal = Journal.open(place.journal, Settings().journal, clock_ms=clock_ms)
        await journal.start()
        records = await journal.read(0)
        await journal.close()
        return [record.value for record in records if isinstance(record.value, (Recognition, Visit))]

    return asyncio.run(read())


@pytest.fixture
def place(folder):
    """A data folder with two films to import."""
    place = DataDir(folder / "d")
    place.import_folder.mkdir(parents=True)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        make_film(place.import_folder / name)
    return place


def test_a_device_is_watched_on_while_others_come_change_and_go(place, folder):
    """Its frames are counted on, it never is anything but online, and whoever stands there is one visit."""
    config = write_config(
        folder,
        f"""
[access]
open_writes = true
[visit]
gap_s = 1
[[device]]
id = "kept"
type = "file"
url = "{place.import_folder / "a.mp4"}"
loop = true
""",
    )
    with running_service(config) as service:
        installer = Installer(place, service, "kept")
        until(lambda: installer.rows()["kept"]["faces"], "somebody before the first device")
        del installer.seen[:]
        installer.v2(
            "addmediadevice",
            media_device_id="other",
            media_device_name="hall",
            media_device_type="file",
            media_device_url="b.mp4",
        )
        installer.until("other", "online", "ended")
        installer.v2("updatemediadevice", media_device_id="kept", media_device_name="door", permission_id="day")
        installer.old("PUT", devices_list=[{"device_id": "other", "device_key": "c.mp4"}])
        installer.until("other", "ended")
        installer.old("DELETE", devices_list=[{"device_id": "other"}])
        assert [row["name"] for row in installer.rows().values()] == ["door"]
        before = installer.seen[-1]["frames"]
        until(lambda: installer.rows()["kept"]["frames"] > before, "further frames")
        assert service.stop() == 0
    frames = [row["frames"] for row in installer.seen]
    assert frames == sorted(frames)
    assert {row["state"] for row in installer.seen} == {"online"}
    kept = [event for event in journaled(place) if event.device.device_id == "kept"]
    assert [type(event) for event in kept] == [Recognition, Visit]
