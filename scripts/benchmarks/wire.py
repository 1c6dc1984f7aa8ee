"""From an event to its bytes, every layout and realtime dialect, JSON and form-data; 60 KB of pictures.

The peer does less with the standard library alone: ``json.dumps`` of the same fields, made beforehand, and
``base64.b64encode`` of the same pictures. Both take turns; a figure is the median of the rounds, a ratio the
median of the ratios within rounds.
"""

import base64
import json
import statistics
import time

import numpy as np

from sophon_report.model import (
    Attributes,
    Content,
    Device,
    DeviceType,
    Identity,
    Match,
    Quality,
    Recognition,
    Shot,
    UserType,
    Visit,
)
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.layouts import LAYOUTS, body
from sophon_report.wire.telling import Telling

ROUNDS, REPEATS = 40, 50
SCENE_BYTES, FACE_BYTES, PHOTO_BYTES = 44_000, 10_000, 6_000
TELLING = Telling("LICENCE", Content(attributes=True))


def event(kind):
    """A ``Recognition`` or ``Visit`` with everything in it; its pictures are random bytes."""
    rng = np.random.default_rng(7)
    face, scene, photo = (rng.bytes(size) for size in (FACE_BYTES, SCENE_BYTES, PHOTO_BYTES))
    embedding = rng.standard_normal(128).astype("<f4")
    shot = Shot(
        device_id="door",
        track_id=1,
        in_ms=1_760_000_000_000,
        captured_ms=1_760_000_000_123,
        box=(50.0, 23.0, 172.0, 183.0),
        landmarks=((80.0, 70.0), (140.0, 71.0), (110.0, 100.0), (85.0, 140.0), (135.0, 141.0)),
        detect_score=0.9,
        quality=Quality(122, 300, 120, 0, 0, 0, partial=False),
        embedding=(embedding / np.linalg.norm(embedding)).tobytes(),
        attributes=Attributes("female", 34.5, glasses=True),
        face_jpeg=face,
        scene_jpeg=scene,
    )
    person = Identity("E-0001", "employee one", UserType.EMPLOYEE, photo_jpeg=photo)
    values = {
        "event_id": "1760000000123456",
        "device": Device("door", "front door", DeviceType.RTSP, "rtsp://10.0.0.21/ch1"),
        "in_ms": 1_760_000_000_000,
        "recognised_ms": 1_760_000_000_123,
        "shot": shot,
        "match": Match(person, 91.25),
    }
    return Recognition(**values) if kind is Recognition else Visit(**values, out_ms=1_760_000_003_456)


def peer(told, fields):
    """The standard library's part of the work, as a call."""
    pictures = (told.shot.face_jpeg, told.shot.scene_jpeg, told.match.identity.photo_jpeg)

    def encode():
        for picture in pictures:
            base64.b64encode(picture).decode("ascii")
        return json.dumps(fields, ensure_ascii=False).encode("utf-8")

    return encode


def micros(call):
    """µs of one call."""
    start = time.perf_counter()
    for _ in range(REPEATS):
        call()
    return (time.perf_counter() - start) / REPEATS * 1e6


def measure(name, calls):
    """Results of one layout: ``calls`` has ``json`` and ``peer``, and what else it is told as."""
    rounds = [{kind: micros(call) for kind, call in calls.items()} for _ in range(ROUNDS)]
    ratio = statistics.median(took["peer"] / took["json"] for took in rounds)
    return [
        {"what": f"{name}: times as fast as json and base64", "value": ratio, "goal": 5, "unit": "x"},
        *(
            {
                "what": f"{name}, {kind}" if kind != "peer" else f"{name}: json and base64",
                "value": statistics.median(took[kind] for took in rounds),
                "goal": None,
                "unit": "µs/event",
            }
            for kind in calls
        ),
        {"what": f"{name}: body", "value": len(calls["json"]()), "goal": None, "unit": "bytes"},
    ]


def posted(layout):
    """The calls of a layout that is posted."""
    told = event(layout.tells)
    return {
        "json": lambda: body(layout, told, TELLING, "json")[0],
        "form-data": lambda: body(layout, told, TELLING, "form-data")[0],
        "peer": peer(told, layout.fields(told, TELLING)),
    }


def pushed(dialect):
    """The calls of a realtime dialect, with both pictures."""
    told = event(Recognition)

    def encode():
        return dialect.encode(told, True, True, TELLING.compat)

    return {"json": encode, "peer": peer(told, json.loads(encode()))}


def run():
    """Measure the vendor's layouts and dialects."""
    results = [one for layout in LAYOUTS.values() for one in measure(layout.name, posted(layout))]
    results += [one for dialect in DIALECTS.values() for one in measure(dialect.name, pushed(dialect))]
    return {"name": "wire", "results": results}
