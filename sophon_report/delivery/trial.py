"""A sample event, posted to see whether a destination takes it.

It can be told from a real one: its id begins with ``test-``, and device and person are named ``test``. The picture
is drawn here.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Callable, Optional, Tuple, Type

import numpy as np

from sophon_report.delivery.exchange import Exchange, Reply, post_session
from sophon_report.delivery.outcome import Accepted, Retry
from sophon_report.delivery.reach import Reach
from sophon_report.delivery.reason import LAYOUT, TIMEOUT_ANSWER, Reason, code_of
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.witness import Hop, Witness, beginning
from sophon_report.errors import LayoutError
from sophon_report.model import (
    Destination,
    Device,
    DeviceType,
    Identity,
    Jpeg,
    Match,
    Quality,
    Recognition,
    Shot,
    UserType,
    Visit,
)
from sophon_report.ops.threads import in_thread
from sophon_report.wire.layouts import Event

TEST = "test"
MAX_TRIAL_S = 30.0
"""However long the destination may take for an event: somebody waits."""
STAY_MS = 3000
_DIMENSION = 512
_FACE = (112, 64, 208, 192)
_POINTS = ((140, 112), (180, 112), (160, 136), (144, 160), (176, 160))


@dataclass(frozen=True)
class Trial:
    """What came of a sample event."""

    event_id: str
    accepted: bool
    status: Optional[int]
    """HTTP status; ``None`` when there was no answer."""
    reason: str
    """Why it was not accepted; ``""`` when it was."""
    took_ms: int
    body_type: str = ""
    """``Content-Type`` of the body."""
    body_bytes: int = 0
    """Before it was compressed."""
    body: str = ""
    """Its beginning; pictures and features are shortened."""
    hops: Tuple[Hop, ...] = ()
    """The requests: one, and one more for each redirect that was followed; none when it did not come to one."""
    answer: str = ""
    """Beginning of what the receiver said last."""
    code: str = ""
    """Of :attr:`reason`, as ``reason.py`` lists them."""


async def try_out(
    teller: Teller, destination: Destination, now_s: Callable[[], float], reach: Optional[Reach] = None
) -> Trial:
    """Post a sample event once, whatever the layout wants of events; returns what came of it.

    Args:
        teller: of the destination.
        destination: where to and how.
        now_s: seconds since the epoch.
        reach: where may be posted to.
    """
    # The first one loads what draws its picture.
    event = await in_thread(partial(sample_event, teller.layout.tells, int(now_s() * 1000)))
    try:
        body, body_type = teller.encode(event)
    except LayoutError as error:
        return Trial(event.event_id, accepted=False, status=None, reason=str(error), took_ms=0, code=LAYOUT)
    loop, how = asyncio.get_running_loop(), destination.transport
    witness = Witness(how, destination.url)
    session = post_session(how, 1, witness.trace(), reach)
    exchange = Exchange(session, destination.url, destination.timeout_s, now_s, how, reach)
    began_s = loop.time()
    try:
        reply = await asyncio.wait_for(exchange.post(body, body_type, event.event_id), MAX_TRIAL_S)
    except asyncio.TimeoutError:
        reply = Reply(Retry(Reason(f"no answer within {MAX_TRIAL_S:g} s", TIMEOUT_ANSWER)))
    finally:
        await exchange.close()
    outcome = reply.outcome
    reason = "" if isinstance(outcome, Accepted) else outcome.reason
    return Trial(
        event.event_id,
        isinstance(outcome, Accepted),
        witness.hops[-1].status if reply.status is None and witness.hops else reply.status,
        reason,
        round((loop.time() - began_s) * 1000),
        body_type,
        len(body),
        beginning(body),
        tuple(witness.hops),
        reply.answer,
        code_of(reason),
    )


def sample_event(kind: Type[Event], now_ms: int) -> Event:
    """An event of ``kind`` that ends now, with everything in it that a layout may tell."""
    picture = _drawn()
    in_ms = now_ms - STAY_MS
    embedding = np.eye(1, _DIMENSION, dtype="<f4").tobytes()
    shot = Shot(
        device_id=TEST,
        track_id=1,
        in_ms=in_ms,
        captured_ms=in_ms,
        box=_FACE,
        landmarks=_POINTS,
        detect_score=1.0,
        quality=Quality(96, 300, 120, 0, 0, 0, partial=False),
        embedding=embedding,
        face_jpeg=picture,
        scene_jpeg=picture,
    )
    person = Identity(
        TEST, TEST, UserType.EMPLOYEE, face_id=TEST, photo_id=TEST, photo_jpeg=picture, embedding=embedding
    )
    device, match = Device(TEST, TEST, DeviceType.PHOTO, "127.0.0.1"), Match(person, 100.0)
    recognition = Recognition(f"test-{now_ms}", device, in_ms, in_ms, shot, match)
    if kind is Recognition:
        return recognition
    return Visit(recognition.event_id, device, in_ms, in_ms, now_ms, shot, match)


def _drawn() -> Jpeg:
    """A face of five strokes."""
    import cv2  # noqa: PLC0415 - 15 MB that a service whose destinations nobody tries lives without

    canvas = np.full((256, 320, 3), 225, np.uint8)
    cv2.ellipse(canvas, (160, 128), (48, 64), 0, 0, 360, (150, 170, 205), -1)
    for eye in _POINTS[:2]:
        cv2.circle(canvas, eye, 6, (60, 60, 60), -1)
    cv2.line(canvas, (160, 122), _POINTS[2], (90, 100, 130), 3)
    cv2.line(canvas, _POINTS[3], _POINTS[4], (60, 60, 140), 4)
    cv2.putText(canvas, TEST, (112, 236), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (60, 60, 60), 2)
    return bytes(cv2.imencode(".jpg", canvas)[1])
