"""The request that an event becomes, for people to read before it is sent: made as the uploader makes it.

::

    event ─ Teller.encode ─► body ─ Packer ─► entity and headers ─► shown: no secret, long base64 shortened
            (or a realtime dialect)

Nothing is sent. The sizes are those of the request itself, whatever is shortened to be looked at. A destination
that signs is shown with the signature of :data:`SAMPLE_SECRET`, which everybody knows: a program that checks
signatures can be tried with it, and no secret is told. Blocks for some milliseconds.
"""

import re
from dataclasses import dataclass, replace
from typing import Optional, Sequence, Tuple

from multidict import CIMultiDict
from yarl import URL

from sophon_report.delivery.exchange import session_headers
from sophon_report.delivery.packing import Packer
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.trial import sample_event
from sophon_report.delivery.witness import HIDDEN, shortened
from sophon_report.errors import LayoutError
from sophon_report.model import Destination, Recognition, redact_url
from sophon_report.wire import layouts
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.layouts import Event
from sophon_report.wire.telling import Telling

SAMPLE_SECRET = "whsec_c2FtcGxlIHNlY3JldCwgbm90IHVzZWQ="  # noqa: S105 - told on purpose
MAX_SHOWN = 256 << 10
"""Characters of a body that are shown; an installed package's may have any length."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Headers = Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class BodyPreview:
    """One event as one layout tells it."""

    layout: str
    """``g2``, ``g1``, ``g0``, ``se3`` or an installed one; ``v2`` and ``v1`` are the realtime messages."""
    line: str = ""
    """``POST`` and the path; ``""`` for a realtime message, which has no headers either."""
    headers: Headers = ()
    """As sent, secret values ``***``."""
    content_type: str = ""
    body: str = ""
    body_bytes: int = 0
    """Of the body as it is, before it is compressed."""
    sent_bytes: int = 0
    """Of what goes over the line: compressed, where the destination says so."""
    shortened: int = 0
    """Pictures and features of which only the beginning is shown."""
    cut: bool = False
    """Only the beginning of the body is shown."""
    problem: str = ""
    """Why there is no body."""


@dataclass(frozen=True)
class BodyPreviews:
    """A sample event in several layouts."""

    previews: Tuple[BodyPreview, ...]
    signing_secret: str = ""
    """What the signatures were made with here; ``""`` when the destination does not sign."""


def posted(
    destination: Destination, teller: Teller, event: Event, now_s: float, whole: bool = False
) -> BodyPreview:
    """The request of ``event`` to ``destination``.

    Args:
        destination: where to and how.
        teller: of it.
        event: of the kind that is told.
        now_s: seconds since the epoch, for the signature.
        whole: show pictures and features in full.
    """
    transport = destination.transport
    known = replace(
        transport,
        headers=tuple((name, HIDDEN) for name, _ in transport.headers),
        signing_secrets=(SAMPLE_SECRET,) * min(1, len(transport.signing_secrets)),
    )
    name = teller.layout.name
    try:
        body, content_type = teller.encode(event)
    except LayoutError as error:
        return BodyPreview(name, problem=str(error))
    entity, packed = Packer(known).pack_now(body, content_type, event.event_id, now_s)
    url = URL(destination.url)
    headers = CIMultiDict({"Host": url.authority, **session_headers(known), "Accept": "*/*"})
    headers.update(packed)
    headers["Content-Length"] = str(len(entity))
    line = f"POST {redact_url(url.raw_path_qs)} HTTP/1.1"
    text, left_out, cut = _readable(body, whole)
    return BodyPreview(
        name, line, tuple(headers.items()), content_type, text, len(body), len(entity), left_out, cut
    )


def realtime(dialect: str, destination: Destination, telling: Telling, now_s: float, whole: bool) -> BodyPreview:
    """The message of the event port, with the pictures that ``destination`` is told too."""
    event = sample_event(Recognition, int(now_s * 1000))
    assert isinstance(event, Recognition)
    content = destination.content
    body = DIALECTS[dialect].encode(event, content.face, content.register_photo, telling.compat)
    text, left_out, cut = _readable(body, whole)
    size = len(body)
    return BodyPreview(dialect, "", (), "application/json", text, size, size, left_out, cut)


def previews(
    destination: Destination,
    tellers: Sequence[Teller],
    now_s: float,
    only: Optional[str] = None,
    whole: bool = False,
) -> BodyPreviews:
    """A sample event in every layout of ``tellers`` and both realtime dialects, or in ``only`` one of them."""
    at_ms, wanted = int(now_s * 1000), [each for each in tellers if only in (None, each.layout.name)]
    dialects = [name for name in DIALECTS if tellers and only in (None, name)]
    found = (
        *(posted(destination, each, sample_event(each.layout.tells, at_ms), now_s, whole) for each in wanted),
        *(realtime(name, destination, tellers[0].telling(), now_s, whole) for name in dialects),
    )
    signs = bool(destination.transport.signing_secrets)
    return BodyPreviews(found, SAMPLE_SECRET if signs else "")


def names(destination: Destination) -> Tuple[str, ...]:
    """The layouts that are worth showing: the vendor's, and the destination's own."""
    return tuple(dict.fromkeys([*layouts.LAYOUTS, destination.layout]))


def _readable(body: bytes, whole: bool) -> Tuple[str, int, bool]:
    """As text; how much of it was shortened, and whether its end was."""
    short, left_out = (body, 0) if whole else shortened(body)
    text = _CONTROLS.sub("\ufffd", short.decode("utf-8", "replace"))
    return text[:MAX_SHOWN], left_out, len(text) > MAX_SHOWN
