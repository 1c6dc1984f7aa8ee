"""``devices list|test``."""

import argparse
import asyncio
from contextlib import closing
from typing import Any, Dict, List, Sequence

from sophon_report.admin import Admin
from sophon_report.cli import settings_of
from sophon_report.config import Settings
from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.ops.data_dir import DataDir
from sophon_report.report import figures
from sophon_report.store.database import Database
from sophon_report.store.devices import DeviceStore
from sophon_report.terminal import print_table, printable

HEADINGS = (
    "id",
    "name",
    "type",
    "address",
    "state",
    "picture",
    "frames",
    "faces",
    "delay",
    "permission",
    "region",
    "rtmp",
)
LONGEST_LINE = 4096
"""An address and what is the matter with it."""


def devices(arguments: argparse.Namespace) -> int:
    """Run one action on the devices."""
    return _test(arguments.url) if arguments.action == "test" else _list(settings_of(arguments))


def _list(settings: Settings) -> int:
    """List the devices, with their states when the service runs."""
    place = DataDir(settings.data_dir)
    rows = asyncio.run(_live(place)) if place.running() else _stored(settings, place)
    print_table(HEADINGS, (_cells(row) for row in rows))
    return 0


def _cells(row: Dict[str, Any]) -> Sequence[str]:
    state = row["state"] + (f": {row['reason']}" if row["reason"] else "")
    size = f"{row['width']}x{row['height']}" if row["width"] else ""
    region = ", ".join(map(str, row["region"]))
    delay = f"{row['delay_ms']:.0f} ms" if row["delay_ms"] else ""
    numbers = (str(row["frames"]), str(row["faces"]), delay)
    known = (row["device_id"], row["name"], row["type"], row["url"])
    return (*known, state, size, *numbers, row["permission_id"], region, row["rtmp_address"])


async def _live(place: DataDir) -> List[Dict[str, Any]]:
    async with Admin(place) as admin:
        rows: List[Dict[str, Any]] = (await admin.get("/api/v1/devices"))["devices"]
    return rows


def _stored(settings: Settings, place: DataDir) -> List[Dict[str, Any]]:
    """What is stored, and what the settings would add at the next start."""
    known = []
    if place.store.exists():
        with closing(Database.open(place.store)) as database:
            known = DeviceStore(database).list()
    seeds = [seed.device() for seed in settings.device]
    known += [seed for seed in seeds if seed.device_id not in {device.device_id for device in known}]
    return [{**row, "state": "service stopped"} for row in figures.device_rows(known, {})]


def _test(url: str) -> int:
    """Open a stream or a file as the service would, once, and say what comes.

    Raises:
        SourceError: why nothing comes.
    """
    from sophon_report.vision.sources.capture import open_capture

    device = Device("test", "test", _kind(url), url)
    with closing(open_capture(device)) as capture:
        try:
            taken = capture.read()
        except SourceError as error:
            raise SourceError(f"{device.safe_url} {error}") from error
        if taken is None:
            raise SourceError(f"{device.safe_url} opened, but gives no picture")
        height, width = taken[1].height, taken[1].width
        found = f"{device.safe_url}: {width}x{height}, {capture.fps:g} pictures a second"
    print(printable(found, LONGEST_LINE))
    return 0


def _kind(url: str) -> DeviceType:
    scheme, separator, _rest = url.partition("://")
    if not separator:
        return DeviceType.FILE
    return DeviceType.GB28181 if scheme.lower() in ("gb28181", "gb28281") else DeviceType.RTSP
