"""A terminal client of the realtime stream: one line an event, pictures into a folder, back again after a loss.

Back again it asks for what it missed (``since``), and says when some of that is gone.

Nothing that arrives is trusted: lines hold no control characters, so that a name cannot move the cursor, and
pictures are written only under names made of letters, digits, ``-`` and ``_``, inside the folder that was given.
"""

import asyncio
import re
import ssl
import time
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

import aiohttp
import orjson

from sophon_report.delivery.trouble import Limits, in_words
from sophon_report.errors import BadInput
from sophon_report.terminal import printable
from sophon_report.wire import receive
from sophon_report.wire.dialects import DIALECTS, RESUME_GONE_KEY
from sophon_report.wire.names import pictures_by_key
from sophon_report.wire.subscription import SINCE_KEY, Dialect

MAX_EVENT_BYTES = 64 << 20
CONNECT_S = 10.0
LIMITS = Limits(CONNECT_S, CONNECT_S, CONNECT_S)
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
MAX_FIELD = 300
ENDINGS = {"face": "face", "register_photo": "registered", "scene": "scene", "infrared": "infrared"}
"""File name ending by what a picture shows."""


async def watch(
    url: str,
    dialect: str = "v2",
    device_ids: Sequence[str] = (),
    images_dir: Optional[Path] = None,
    say: Callable[[str], None] = print,
    ca_file: Optional[Path] = None,
) -> None:
    """Print events of ``url`` until cancelled; a lost connection is tried again after 1 to 30 s.

    Args:
        url: ``ws://host:5679``, or ``wss://`` and a TLS port.
        dialect: ``v2`` or ``v1``.
        device_ids: whose events; empty for all.
        images_dir: where pictures go; without it none are asked for.
        say: takes one line.
        ca_file: certificates in PEM form that the service's own must be, or be signed by; the system's without it.

    Raises:
        BadInput: a dialect that is not known, an address that is none, a folder that cannot be made, a file of
            certificates that cannot be used.
    """
    if dialect not in DIALECTS:
        raise BadInput(f"dialect must be one of {', '.join(DIALECTS)}")
    if images_dir is not None:
        _make_folder(images_dir)
    asked = _Asked(DIALECTS[dialect], device_ids, with_pictures=images_dir is not None)
    trust = _trusted(ca_file)
    wait_s = FIRST_WAIT_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S)) as session:
        while True:
            try:
                async with session.ws_connect(url, max_msg_size=MAX_EVENT_BYTES, ssl=trust) as stream:
                    say("connected to " + url.partition("?")[0])  # behind it may stand a token
                    wait_s = FIRST_WAIT_S
                    await stream.send_str(asked.configuration())
                    say(f"connection ended: {await _follow(stream, asked, images_dir, say)}")
            except aiohttp.InvalidURL:
                raise BadInput(f"{url} is no address") from None
            except aiohttp.WSServerHandshakeError as error:  # its own words hold the address, token and all
                say(f"no connection: {_refused(error.status)}")
            except aiohttp.ClientConnectorCertificateError as error:
                say(f"no connection: the certificate is not trusted ({_why(error)}); --ca FILE names one that is")
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                say(f"no connection: {in_words(error, LIMITS)}")
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


class _Asked:
    """What is asked for, and how far it has come."""

    def __init__(self, dialect: Dialect, device_ids: Sequence[str], with_pictures: bool) -> None:
        self._dialect, self._device_ids, self._with_pictures = dialect, device_ids, with_pictures
        self._last_seq: Optional[int] = None

    def configuration(self) -> str:
        """The message that asks for it."""
        return configuration(self._dialect, self._device_ids, self._with_pictures, self._last_seq)

    def note(self, event: receive.Event) -> None:
        """An event has come; one of the vendor's box has no number."""
        seq = event.get("seq")
        if isinstance(seq, int) and not isinstance(seq, bool) and seq > 0:
            self._last_seq = seq


async def _follow(
    stream: aiohttp.ClientWebSocketResponse,
    asked: _Asked,
    images_dir: Optional[Path],
    say: Callable[[str], None],
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
        asked.note(event)
        if event.get(RESUME_GONE_KEY) is True:
            say("events before this one are gone")
        say(line(event))
        if images_dir is not None:
            _save(pictures(event), images_dir, say)


def _trusted(ca_file: Optional[Path]) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except ssl.SSLError:
        raise BadInput(f"{ca_file} holds no certificate in PEM form") from None
    except OSError as error:
        raise BadInput(f"{ca_file} cannot be read: {error.strerror}") from error


def _why(error: aiohttp.ClientConnectorCertificateError) -> str:
    found = error.certificate_error
    return printable(getattr(found, "verify_message", "") or found)


def _refused(status: int) -> str:
    if status == 401:
        return "the service wants a token that it knows, as in ws://HOST:PORT/?token=TOKEN"
    if status == 403:
        return "the service turns away web pages of other sites"
    if status == 503:
        return "all places for clients are taken"
    return f"this is no event port (HTTP {status})"


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


def configuration(
    dialect: Dialect, device_ids: Sequence[str], with_pictures: bool, since: Optional[int] = None
) -> str:
    """The message that asks for events; without devices it has no list, which means all in every reading."""
    wish: Dict[str, Any] = {dialect.face_key: with_pictures, dialect.register_key: with_pictures}
    if device_ids:
        wish[dialect.devices_key] = list(device_ids)
    if since is not None:
        wish[SINCE_KEY] = since
    return orjson.dumps(wish).decode()


def line(event: receive.Event) -> str:
    """Local time, device, type, person, score and id of an event, for one line of a terminal."""
    told = receive.summary(event)
    fields = (
        _clock(told.timestamp_ms),
        told.device,
        told.user_type,
        f"{printable(told.identity_name)} ({printable(told.identity_id)})" if told.identity_id else "-",
        "?" if told.score is None else f"{told.score:.6g}",
        told.event_id or "",
    )
    return "  ".join(printable(field, MAX_FIELD) for field in fields)


def pictures(event: receive.Event) -> Dict[str, bytes]:
    """Pictures of an event by safe file name; what is no picture is left out."""
    event_id = re.sub(r"[^A-Za-z0-9_-]", "_", receive.summary(event).event_id or "")[:64] or "event"
    found, _ = receive.pictures(event)
    shows = pictures_by_key()
    return {f"{event_id}-{ENDINGS[shows[key]]}.jpg": jpeg for key, jpeg in found.items()}


def _event(text: str) -> Optional[Dict[str, Any]]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _clock(timestamp_ms: Optional[int]) -> str:
    if timestamp_ms is None:
        return "--:--:--.---"
    try:
        seconds, milliseconds = divmod(timestamp_ms, 1000)
        return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{milliseconds:03d}"
    except (ValueError, OverflowError, OSError):
        return "--:--:--.---"
