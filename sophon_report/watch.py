"""A terminal client of the realtime stream: one line an event, pictures into a folder, back again after a loss.

Nothing that arrives is trusted: lines hold no control characters, so that a name cannot move the cursor, and
pictures are written only under names made of letters, digits, ``-`` and ``_``, inside the folder that was given.
"""

import asyncio
import base64
import binascii
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

import aiohttp
import orjson

from sophon_report.errors import BadInput
from sophon_report.terminal import printable

MAX_EVENT_BYTES = 64 << 20
CONNECT_S = 10.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
_DATA_URI = re.compile(r"data:image/\w+;base64,")


@dataclass(frozen=True)
class View:
    """How one dialect is asked for and read: names of its keys."""

    face_key: str
    register_key: str
    devices_key: str
    device: str
    pictures: Mapping[str, str]
    """File name ending by field."""


VIEWS = {
    "v2": View(
        face_key="with_face_image",
        register_key="with_register_image",
        devices_key="media_device_ids",
        device="media_device_id",
        pictures={"recognize_face_image": "face", "register_image": "registered"},
    ),
}


async def watch(
    url: str,
    dialect: str = "v2",
    device_ids: Sequence[str] = (),
    images_dir: Optional[Path] = None,
    say: Callable[[str], None] = print,
) -> None:
    """Print events of ``url`` until cancelled; a lost connection is tried again after 1 to 30 s.

    Args:
        url: ``ws://host:5679``.
        dialect: a key of :data:`VIEWS`.
        device_ids: whose events; empty for all.
        images_dir: where pictures go; without it none are asked for.
        say: takes one line.

    Raises:
        BadInput: a dialect that is not known, an address that is none, a folder that cannot be made.
    """
    if dialect not in VIEWS:
        raise BadInput(f"dialect must be one of {', '.join(VIEWS)}")
    if images_dir is not None:
        _make_folder(images_dir)
    asked = configuration(VIEWS[dialect], device_ids, with_pictures=images_dir is not None)
    wait_s = FIRST_WAIT_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S)) as session:
        while True:
            try:
                async with session.ws_connect(url, max_msg_size=MAX_EVENT_BYTES) as stream:
                    say(f"connected to {url}")
                    wait_s = FIRST_WAIT_S
                    await stream.send_str(asked)
                    say(f"connection ended: {await _follow(stream, VIEWS[dialect], images_dir, say)}")
            except aiohttp.InvalidURL:
                raise BadInput(f"{url} is no address") from None
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                say(f"no connection: {printable(error)}")
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _follow(
    stream: aiohttp.ClientWebSocketResponse, view: View, images_dir: Optional[Path], say: Callable[[str], None]
) -> str:
    """Tell every event; returns why there are no more."""
    while True:
        message = await stream.receive()
        if message.type is aiohttp.WSMsgType.CLOSE:
            return f"closed with {message.data} {printable(message.extra)}"
        if message.type is not aiohttp.WSMsgType.TEXT:
            return "lost"
        event = _event(message.data)
        if event is None:
            say("not an event: " + printable(message.data))
            continue
        say(line(event, view))
        if images_dir is not None:
            _save(pictures(event, view), images_dir, say)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be used: {error.strerror}") from error


def _save(found: Mapping[str, bytes], images_dir: Path, say: Callable[[str], None]) -> None:
    try:
        for name, jpeg in found.items():
            (images_dir / name).write_bytes(jpeg)
    except OSError as error:
        say(f"picture not saved: {error.strerror}")


def configuration(view: View, device_ids: Sequence[str], with_pictures: bool) -> str:
    """The message that asks for events."""
    wish = {view.face_key: with_pictures, view.register_key: with_pictures, view.devices_key: list(device_ids)}
    return orjson.dumps(wish).decode()


def line(event: Mapping[str, Any], view: View) -> str:
    """Local time, device, type, person, score and id of an event, for one line of a terminal."""
    who = f"{printable(event.get('identity_name'))} ({printable(event.get('identity_id'))})"
    fields = (
        _clock(event.get("timestamp")),
        printable(event.get(view.device)),
        printable(event.get("user_type")),
        who if event.get("identity_id") else "-",
        printable(event.get("score")),
        printable(event.get("event_id")),
    )
    return "  ".join(fields)


def pictures(event: Mapping[str, Any], view: View) -> Dict[str, bytes]:
    """Pictures of an event by safe file name; what is no picture is left out."""
    event_id = re.sub(r"[^A-Za-z0-9_-]", "_", str(event.get("event_id", "")))[:64] or "event"
    found = {}
    for field, ending in view.pictures.items():
        text = event.get(field)
        jpeg = _decode(text) if isinstance(text, str) else b""
        if jpeg:
            found[f"{event_id}-{ending}.jpg"] = jpeg
    return found


def _event(text: str) -> Optional[Dict[str, Any]]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _clock(timestamp_ms: Any) -> str:
    try:
        seconds, milliseconds = divmod(int(timestamp_ms), 1000)
        return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{milliseconds:03d}"
    except (TypeError, ValueError, OverflowError, OSError):
        return "--:--:--.---"


def _decode(text: str) -> bytes:
    """Bytes of a data URI or of bare base64; ``b""`` for anything else."""
    try:
        return base64.b64decode(_DATA_URI.sub("", text, count=1), validate=True)
    except (binascii.Error, ValueError):
        return b""
