"""``demo`` and ``demo-media``."""

import argparse
import asyncio
import signal
from pathlib import Path
from typing import Optional

from sophon_report.cli import settings_of
from sophon_report.config import Settings, load_settings
from sophon_report.demo.cast import FindFace
from sophon_report.demo.media import DemoMedia, make_demo_media
from sophon_report.demo.run import play
from sophon_report.demo.service import Ports
from sophon_report.demo.summary import Run
from sophon_report.model import Box, ImageArray
from sophon_report.ops.data_dir import DataDir
from sophon_report.people_import import Wish, import_people
from sophon_report.terminal import print_table
from sophon_report.vision.engines.base import FACE_SCORE
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.picture import HostPicture


def demo_media(arguments: argparse.Namespace) -> int:
    """Make the sample video, photos and truth.json."""
    settings = settings_of(arguments)
    media = _media(settings, arguments.directory, arguments.people)
    print(f"{media.video}: {media.truth.duration_ms / 1000:.0f} s, {len(media.truth.visits)} visits")
    return 0


def demo(arguments: argparse.Namespace) -> int:
    """Play the sample through the real service; 1 when anything differs from the truth."""
    settings = settings_of(arguments)
    place = DataDir(settings.data_dir)
    place.prepare()
    ModelLibrary(place.models).fetch(say=_say)
    media = _media(settings, place.root / "demo" / "media", None)
    return asyncio.run(_play(media, place, arguments.speed, arguments.exit))


def _say(line: str) -> None:
    print(line, flush=True)


async def _play(media: DemoMedia, place: DataDir, speed: str, leave: bool) -> int:
    folder = place.root / "demo" / "service"

    def register(config: Path) -> None:
        note = import_people(load_settings(config), media.people, Wish(replace=True)).note
        _say(f"registered {note.registered} people, refused {note.refused}")

    ports = Ports.choose()
    run, service, receiver = await play(media, folder, place.models, speed, _say, register, ports)
    _print_summary(run)
    if not leave:
        _print_addresses(ports, folder)
        await _interrupted()
    status = await service.stop()
    await receiver.stop()
    if status != 0:
        _say(f"the service left with status {status}; see {folder / 'service.log'}")
    return 1 if run.problems or status != 0 else 0


async def _interrupted() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _print_summary(run: Run) -> None:
    print_table((), run.rows())
    for problem in run.problems:
        _say(f"differs: {problem}")
    if not run.problems:
        _say("everything as in truth.json")


def _print_addresses(ports: Ports, folder: Path) -> None:
    _say("the service stays up; Ctrl-C ends it")
    _say(f"  page      http://127.0.0.1:{ports.api}/   (user admin, password in {folder / 'admin-password'})")
    _say(f"  events    ws://127.0.0.1:{ports.events}   (sophon-report watch ws://127.0.0.1:{ports.events})")
    _say(f"  health    http://127.0.0.1:{ports.api}/healthz and /metrics")
    _say(f"  receiver  http://127.0.0.1:{ports.receiver}/HistoryEvent")


def _media(settings: Settings, directory: Path, people: Optional[Path]) -> DemoMedia:
    place = DataDir(settings.data_dir)
    find_face = _face_finder(settings) if people is not None else None
    return make_demo_media(directory, place.root / "pictures", people, find_face)


def _face_finder(settings: Settings) -> FindFace:
    from sophon_report.vision.engines.choose import open_engine

    engine = open_engine(settings, ModelLibrary(DataDir(settings.data_dir).models))

    def find(image: ImageArray) -> Optional[Box]:
        faces = engine.detect([HostPicture(image)], settings.match.min_face_px)[0]
        faces = faces.select(faces.scores >= FACE_SCORE)
        if not len(faces):
            return None
        areas = (faces.boxes[:, 2:] - faces.boxes[:, :2]).prod(axis=1)
        x1, y1, x2, y2 = (float(side) for side in faces.boxes[int(areas.argmax())])
        return (x1, y1, x2, y2)

    return find
