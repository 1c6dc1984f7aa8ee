"""A sample event, posted to see whether a destination takes it.

It can be told from a real one: its id begins with ``test-``, and device and person are named ``test``. The picture
is drawn here.
"""

import asyncio
from dataclasses import dataclass
from typing import Optional, Type

import cv2
import numpy as np

from sophon_report.delivery.exchange import Exchange
from sophon_report.delivery.outcome import Accepted
from sophon_report.delivery.teller import Teller, attempt
from sophon_report.model import (
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


async def try_out(teller: Teller, exchange: Exchange, now_ms: int) -> Trial:
    """Post a sample event once, whatever the layout wants of events; returns what came of it.

    Args:
        teller: of the destination.
        exchange: closed here.
        now_ms: time of the event.
    """
    event = sample_event(teller.layout.tells, now_ms)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    try:
        reply = await asyncio.wait_for(attempt(teller, exchange, event), MAX_TRIAL_S)
        status, outcome = reply.status, reply.outcome
        reason = "" if isinstance(outcome, Accepted) else outcome.reason
    except asyncio.TimeoutError:
        status, reason = None, f"no answer within {MAX_TRIAL_S:g} s"
    finally:
        await exchange.close()
    return Trial(event.event_id, not reason, status, reason, round((loop.time() - began_s) * 1000))


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
    canvas = np.full((256, 320, 3), 225, np.uint8)
    cv2.ellipse(canvas, (160, 128), (48, 64), 0, 0, 360, (150, 170, 205), -1)
    for eye in _POINTS[:2]:
        cv2.circle(canvas, eye, 6, (60, 60, 60), -1)
    cv2.line(canvas, (160, 122), _POINTS[2], (90, 100, 130), 3)
    cv2.line(canvas, _POINTS[3], _POINTS[4], (60, 60, 140), 4)
    cv2.putText(canvas, TEST, (112, 236), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (60, 60, 60), 2)
    return bytes(cv2.imencode(".jpg", canvas)[1])
