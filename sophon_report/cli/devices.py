"""``devices list|test``."""

import argparse
import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Sequence

from sophon_report.admin import Admin
from sophon_report.cli import settings_of
from sophon_report.config import Settings
from sophon_report.errors import BadInput, SourceError
from sophon_report.ops.data_dir import DataDir
from sophon_report.report import figures
from sophon_report.store.database import Database
from sophon_report.store.devices import DeviceStore
from sophon_report.terminal import print_table, printable

if TYPE_CHECKING:
    from sophon_report.vision.camera_found import Trial

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
    "share",
    "permission",
    "region",
    "rtmp",
)
LONGEST_LINE = 4096
"""An address and what is the matter with it."""


def devices(arguments: argparse.Namespace) -> int:
    """Run one action on the devices."""
    settings = settings_of(arguments)
    return _test(arguments, DataDir(settings.data_dir)) if arguments.action == "test" else _list(settings)


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
    share = f"{row['share_pct']:.0f} %" if row["share_pct"] else ""
    numbers = (str(row["frames"]), str(row["faces"]), delay, share)
    known = (row["device_id"], row["name"], row["type"], row["url"])
    return (*known, state, size, *numbers, row["permission_id"], region, row["rtmp_address"])


async def _live(place: DataDir) -> List[Dict[str, Any]]:
    async with Admin(place) as admin:
        rows: List[Dict[str, Any]] = (await admin.get("/api/v1/devices"))["devices"]
    return rows


def _stored(settings: Settings, place: DataDir) -> List[Dict[str, Any]]:
    """What is stored, and what the settings would add at the next start."""
    known = [seed.device() for seed in settings.device]
    if place.store.exists():
        with closing(Database.open(place.store)) as database:
            store = DeviceStore(database, lambda: settings.limits)
            known = store.list() + store.foresee(known)[0]
    return [{**row, "state": "service stopped"} for row in figures.device_rows(known, {})]


def _test(arguments: argparse.Namespace, place: DataDir) -> int:
    """Open a stream, a film or a folder as the service would, once, and say what comes.

    Raises:
        SourceError: why nothing comes.
        BadInput: the picture cannot be written where it was wanted.
    """
    from sophon_report.report.camera_test import CameraTest, device_at

    device = device_at(arguments.url, arguments.transport)
    trial = asyncio.run(CameraTest(place.models).run(device))
    if trial.reason:
        raise SourceError(printable(trial.reason, LONGEST_LINE))
    print(printable(f"{trial.address}: {', '.join(_found(trial))}", LONGEST_LINE))
    if arguments.picture is not None:
        try:
            arguments.picture.write_bytes(trial.jpeg)
        except OSError as error:
            raise BadInput(f"{arguments.picture}: {error.strerror}") from error
    return 0


def _found(trial: "Trial") -> Iterator[str]:
    """What came, a few words each; what was not found out is left out."""
    yield f"{trial.width}x{trial.height}"
    if trial.codec:
        yield trial.codec
    if trial.told_fps:
        yield f"says {trial.told_fps:g} pictures a second"
    if trial.counted_fps:
        yield f"gives {trial.counted_fps:g} pictures a second"
    yield f"opened in {trial.opening_ms / 1000:.1f} s"
    if trial.faces is not None:
        yield f"{trial.faces} face{'' if trial.faces == 1 else 's'} in the picture"
