"""A receiver for trying things out: what the vendor's bundled ``Event_Receive_server`` is on a box.

Listens on 9528 for POSTs to ``/RealTimeEvent``, ``/HistoryEvent`` and ``/DeviceStatus``, says a line for each
event and, when asked, keeps pictures and JSON in a folder. It answers 200 with
``{"status":0,"message":"SUCCESS","data":null}``, as the vendor's neighbouring receivers do. It can be told to fail
and to be slow, so that a sender can be watched coping.

It believes nothing it is sent: a body has at most 64 MiB and a minute, names of files are made of harmless
characters, the folder takes 1 GiB and then nothing more (said once, counted), and a line for the terminal holds no
control characters.
"""

import asyncio
import contextlib
import random
import re
import signal
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, List, Optional

import orjson
from aiohttp import web

from sophon_report.errors import BadInput, BadMessage, BadSignature
from sophon_report.ops import ports
from sophon_report.terminal import printable
from sophon_report.wire.receive import (
    Event,
    Summary,
    box_state,
    device_states,
    parse_events,
    pictures,
    summary,
    without_pictures,
)
from sophon_report.wire.signing import verify

PORT = 9528
PATHS = ("/RealTimeEvent", "/HistoryEvent", "/DeviceStatus")
MAX_BODY_BYTES = 64 << 20
TOO_LARGE = f"the body is larger than {MAX_BODY_BYTES} bytes"
MAX_BODY_S = 60.0
MAX_SAVED_BYTES = 1 << 30
MAX_LINE = 200

Say = Callable[[str], None]
OnEvent = Callable[[str, Event], None]
"""Called with the path and each event."""


@dataclass(frozen=True)
class ReceiverStats:
    """What has come in so far."""

    events: int = 0
    """Answered with 200."""
    refused: int = 0
    """Requests answered with 4xx."""
    failed: int = 0
    """Requests answered with 500 because it was asked for."""
    saved: int = 0
    unsaved: int = 0
    """Events that the folder had no room for, or the disk refused."""


class Receiver:
    """The server; nothing happens before :meth:`start`.

    Args:
        host: where to listen.
        port: 0 takes any free one, see :attr:`port` afterwards.
        save_dir: folder for pictures and JSON; ``None`` keeps nothing.
        fail_rate: share of requests answered with 500, 0 to 1.
        delay_ms: wait before each answer.
        say: takes a line for people.
        on_event: told every event that is answered with 200.
        chance: a number from 0 up to 1.
        key: what bodies have to be signed with (:mod:`~sophon_report.wire.signing`); ``b""`` asks for none.
        now_s: seconds since the epoch.
    """

    def __init__(
        self,
        host: str = "0.0.0.0",  # noqa: S104 - boxes post from the network
        port: int = PORT,
        save_dir: Optional[Path] = None,
        fail_rate: float = 0.0,
        delay_ms: int = 0,
        say: Say = print,
        on_event: Optional[OnEvent] = None,
        *,
        chance: Callable[[], float] = random.random,
        key: bytes = b"",
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.host = host
        self.port = port
        self._folder = Folder(save_dir) if save_dir is not None else None
        self._fail_rate = fail_rate
        self._delay_s = delay_ms / 1000
        self._say = say
        self._on_event = on_event
        self._chance = chance
        self._key, self._now_s = key, now_s
        self._stats = ReceiverStats()
        self._runner: Optional[web.AppRunner] = None

    def stats(self) -> ReceiverStats:
        """A snapshot."""
        return self._stats

    async def start(self) -> None:
        """Listen.

        Raises:
            PortInUse: the port cannot be had; the message says why.
        """
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        try:
            await site.start()
        except OSError as error:
            await self.stop()
            raise ports.refusal(error, self.host, self.port) from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port; requests being answered get a second."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.Response:
        path = request.path.rstrip("/")
        if path not in PATHS:
            return self._refuse(404, f"unknown path, there are {', '.join(PATHS)}")
        if request.method != "POST":
            return self._refuse(405, f"{path} takes POST", Allow="POST")
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return self._refuse(413, TOO_LARGE)
        try:
            body = await asyncio.wait_for(request.read(), MAX_BODY_S)
            if self._key:
                verify(self._key, request.headers, body, self._now_s())
            events = parse_events(body, request.headers.get("Content-Type", ""))
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(413, TOO_LARGE)
        except asyncio.TimeoutError:
            return self._refuse(408, f"the body did not come within {MAX_BODY_S:g} s")
        except (web.RequestPayloadError, OSError):
            return self._refuse(400, "the body ended too early or is badly packed")
        except BadSignature as error:
            return self._refuse(401, str(error))
        except BadMessage as error:
            return self._refuse(400, str(error))
        return await self._answer(path, events)

    async def _answer(self, path: str, events: List[Event]) -> web.Response:
        await asyncio.sleep(self._delay_s)
        if self._chance() < self._fail_rate:
            self._count(failed=1)
            self._say(f"{path}  answered 500, as asked")
            return _reply(500, "failing, as asked")
        for event in events:
            await self._take(path, event)
        return _reply(200, "SUCCESS")

    async def _take(self, path: str, event: Event) -> None:
        self._count(events=1)
        self._say(printable(line(path, event), MAX_LINE))
        if self._folder is not None:
            await self._save(self._folder, event)
        if self._on_event is not None:
            self._on_event(path, event)

    async def _save(self, folder: "Folder", event: Event) -> None:
        had_room = folder.has_room
        try:
            saved = await asyncio.get_running_loop().run_in_executor(None, folder.save, event, self._stats.events)
        except OSError as error:
            self._say(printable(f"not saved: {error}", MAX_LINE))
            saved = False
        if had_room and not folder.has_room:
            self._say(f"{folder.path} holds {MAX_SAVED_BYTES} bytes: nothing more is saved")
        self._count(saved=int(saved), unsaved=int(not saved))

    def _refuse(self, status: int, reason: str, **headers: str) -> web.Response:
        self._count(refused=1)
        self._say(printable(f"answered {status}: {reason}", MAX_LINE))
        return _reply(status, reason, **headers)

    def _count(self, **more: int) -> None:
        self._stats = replace(self._stats, **{key: getattr(self._stats, key) + by for key, by in more.items()})


class Folder:
    """Keeps events under ``path``: a JSON file each, pictures beside it. An event sent again replaces itself."""

    def __init__(self, path: Path, max_bytes: int = MAX_SAVED_BYTES) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._left_bytes = max_bytes - sum(file.stat().st_size for file in path.rglob("*") if file.is_file())

    @property
    def has_room(self) -> bool:
        """Whether the next event will be taken."""
        return self._left_bytes > 0

    def save(self, event: Event, number: int) -> bool:
        """Write ``event``, under its time and ``number`` if it has no id; ``False`` when there is no room.

        Raises:
            OSError: the disk refused.
        """
        with self._writing:
            if not self.has_room:
                return False
            told = summary(event)
            stem = file_name(told.event_id or f"{told.timestamp_ms or 'report'}-{number}")
            found, _ = pictures(event)
            names = {key: f"{stem}_{key}.jpg" for key in found}
            self.path.mkdir(parents=True, exist_ok=True)
            for key, picture in found.items():
                self._write(names[key], picture)
            self._write(f"{stem}.json", as_json(without_pictures(event, names)))
            return True

    def _write(self, name: str, content: bytes) -> None:
        (self.path / name).write_bytes(content)
        self._left_bytes -= len(content)


def file_name(text: str) -> str:
    """``text`` as a name that stays in its folder: letters, digits, ``-``, ``_``, at most 80 of them."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)[:80]


def as_json(event: Event) -> bytes:
    """``event`` to be read by people; one nested deeper than JSON writers go is only said to be so."""
    try:
        return orjson.dumps(event, option=orjson.OPT_INDENT_2)
    except TypeError:
        return b'"nested too deep to be written"'


def line(path: str, event: Event) -> str:
    """What a person wants to know of ``event`` at a glance."""
    if path == "/DeviceStatus":
        states = (*box_state(event), *device_states(event))
        return "device status  " + ", ".join(f"{name} {state}" for name, state in states)
    told = summary(event)
    _, broken = pictures(event)
    parts = [
        _who(told),
        "score ?" if told.score is None else f"score {told.score:.4g}",
        f"in {_clock(told.in_ms or told.timestamp_ms)}",
        f"out {_clock(told.out_ms)}",
        told.device or "unknown device",
        *([f"no base64 in {', '.join(broken)}"] if broken else []),
    ]
    return f"{path[1:]}  " + "  ".join(parts)


def _who(told: Summary) -> str:
    name = told.identity_name or ("stranger" if told.user_type in ("", "stranger") else "nameless")
    known = f"{name} ({told.identity_id})" if told.identity_id else name
    return f"{known} [{told.user_type}]" if told.user_type not in ("", "stranger") else known


def _clock(at_ms: Optional[int]) -> str:
    """Local time of day; ``?`` for no time, or one that no calendar has."""
    if at_ms is None:
        return "?"
    try:
        return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%H:%M:%S.%f")[:-3]
    except (OverflowError, ValueError, OSError):
        return "?"


def _reply(status: int, message: str, **headers: str) -> web.Response:
    body: Any = {"status": 0 if status == 200 else status, "message": message, "data": None}
    return web.json_response(body, status=status, headers=headers)


def run(
    port: int = PORT,
    save_dir: Optional[Path] = None,
    fail_rate: float = 0.0,
    delay_ms: int = 0,
    host: str = "0.0.0.0",  # noqa: S104 - a box elsewhere posts to it
    key: bytes = b"",
) -> None:
    """Receive until Ctrl-C or SIGTERM.

    Raises:
        BadInput: the folder cannot be made.
        PortInUse: the port cannot be had.
    """
    if save_dir is not None:
        try:
            save_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{save_dir} cannot be used: {error.strerror}") from error
    asyncio.run(_run(Receiver(host, port, save_dir, fail_rate, delay_ms, say=_print, key=key)))


async def _run(receiver: Receiver) -> None:
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await receiver.start()
    _print(f"listening on http://{receiver.host}:{receiver.port}  {' '.join(PATHS)}")
    try:
        await over.wait()
    finally:
        await receiver.stop()
    stats = receiver.stats()
    _print(f"{stats.events} events, {stats.refused} requests refused, {stats.failed} failed as asked")


def _print(text: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)
