"""The demo: the real service plays the sample film, a real client and a real receiver watch what comes out.

Nothing is looked up inside: what is printed was pushed over the WebSocket or posted over HTTP, and is held against
the film's truth at the end.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

import aiohttp
import orjson

from sophon_report.demo.media import DemoMedia
from sophon_report.demo.service import Ports, Service, prepare
from sophon_report.demo.summary import Run
from sophon_report.demo.truth import SeenVisit, compare
from sophon_report.receiver import Receiver

SETTLE_S = 30.0
"""After the film: the last visit's gap, its journal write and its POST."""

Say = Callable[[str], None]


@dataclass
class Seen:
    """What came out of the service."""

    pushed_ms: Dict[str, float] = field(default_factory=dict)
    picture_ms: List[float] = field(default_factory=list)
    posted: List[str] = field(default_factory=list)
    visits: List[SeenVisit] = field(default_factory=list)


async def play(
    media: DemoMedia,
    folder: Path,
    models: Path,
    speed: str,
    say: Say,
    register: Callable[[Path], object],
    ports: Ports,
) -> Tuple[Run, Service, Receiver]:
    """Play the film through a service of its own and return what was seen; service and receiver still run.

    Args:
        media: the film, its people and its truth.
        folder: the service's data folder; emptied first.
        models: folder of the model files.
        speed: ``realtime`` or ``fast``.
        say: told what happens, a line each.
        register: registers a folder of people, given the service's config file.
        ports: where everything listens.
    """
    config = prepare(folder, models, media.video, ports, speed)
    await asyncio.get_running_loop().run_in_executor(None, register, config)
    seen = Seen()
    receiver = Receiver(
        "127.0.0.1",
        ports.receiver,
        say=lambda _line: None,
        on_event=lambda _path, event: _posted(seen, event, say),
    )
    await receiver.start()
    service = Service(folder, config)
    try:
        client = asyncio.ensure_future(_follow(ports.events, seen, speed == "realtime", say))
        await service.start()
        run = await _until_the_end(media, service, seen, speed)
        client.cancel()
        await asyncio.gather(client, return_exceptions=True)
    except BaseException:
        await service.stop()
        await receiver.stop()
        raise
    return run, service, receiver


async def _until_the_end(media: DemoMedia, service: Service, seen: Seen, speed: str) -> Run:
    film_s = media.truth.duration_ms / 1000
    await service.until(lambda figures: _over(figures) and _delivered(figures), film_s + 60 + SETTLE_S)
    device = await service.device()
    start_ms = int(device["started_ms"])
    run_s = (int(device["now_ms"]) - start_ms) / 1000
    if speed == "fast":
        run_s = float((await service.until(lambda _figures: True, 5))["vision"].get("busy_s", run_s))
    return Run(
        comparison=compare(media.truth, seen.visits, start_ms),
        pushed=seen.pushed_ms,
        seen_ms=tuple(seen.picture_ms),
        posted=tuple(seen.posted),
        frames=int(device["frames"]) - int(device["frames_skipped"]),
        frames_skipped=int(device["frames_skipped"]),
        seconds=run_s,
    )


def _over(figures: Dict[str, Any]) -> bool:
    """The film has ended, or cannot be played, and nobody is in front of it any more."""
    states = [device["state"] for device in figures["devices"]]
    return (
        bool(states) and all(state in ("ended", "failed") for state in states) and figures["visits"]["open"] == 0
    )


def _delivered(figures: Dict[str, Any]) -> bool:
    return all(row["backlog"] == 0 for row in figures["destinations"])


async def _follow(port: int, seen: Seen, realtime: bool, say: Say) -> None:
    """A client as the vendor's documents show it: connect, configure, read."""
    async with aiohttp.ClientSession() as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.ws_connect(f"ws://127.0.0.1:{port}", max_msg_size=64 << 20) as socket:
                    await socket.send_str('{"with_face_image": true, "with_register_image": true}')
                    async for message in socket:
                        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                            _pushed(seen, orjson.loads(message.data), realtime, say)
            await asyncio.sleep(0.05)


def _pushed(seen: Seen, event: Dict[str, Any], realtime: bool, say: Say) -> None:
    now_us = time.time_ns() // 1000
    # An event's id is the moment of its decision in microseconds.
    late_ms = (now_us - int(event["event_id"])) / 1000
    seen.pushed_ms[event["event_id"]] = late_ms
    if realtime and event["identity_id"]:  # a stranger's picture is older: time had to settle
        seen.picture_ms.append(now_us / 1000 - event["timestamp"])
    say(f"pushed  {_who(event)}  decision to client {late_ms:.1f} ms")


def _posted(seen: Seen, event: Dict[str, Any], say: Say) -> None:
    seen.posted.append(event["event_id"])
    in_ms, out_ms = int(event["in_timestamp"]), int(event["out_timestamp"])
    seen.visits.append(SeenVisit(event["identity_id"] or None, in_ms, out_ms))
    say(f"posted  {_who(event)}  in {_clock(in_ms)}  out {_clock(out_ms)}  stayed {(out_ms - in_ms) / 1000:.1f} s")


def _who(event: Dict[str, Any]) -> str:
    name: Optional[str] = event["identity_name"] or None
    return f"{name or '(stranger)':<16} score {event['score']:5.1f}"


def _clock(moment_ms: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment_ms / 1000)) + f".{moment_ms % 1000:03d}"
