"""Events with everything in them, for tests that need one and care about little of it."""

from sophon_report.model import (
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

FACE_JPEG = b"\xff\xd8\xff\xe0 face"
PHOTO_JPEG = b"\xff\xd8\xff\xe0 gallery photo"


def device(device_id="door"):
    return Device(device_id, "front door", DeviceType.RTSP, "rtsp://admin:secret@10.0.0.21:554/main")


def identity(**changes):
    values = {
        "identity_id": "E-0001",
        "name": "张三",
        "user_type": UserType.EMPLOYEE,
        "face_id": "f1",
        "photo_id": "p1",
        "photo_jpeg": PHOTO_JPEG,
    }
    return Identity(**{**values, **changes})


def shot(**changes):
    values = {
        "device_id": "door",
        "track_id": 1,
        "in_ms": 1_760_000_000_000,
        "captured_ms": 1_760_000_000_123,
        "box": (50.0, 23.0, 172.0, 183.0),
        "landmarks": ((80.0, 70.0), (140.0, 71.0), (110.0, 100.0), (85.0, 140.0), (135.0, 141.0)),
        "detect_score": 0.9,
        "quality": Quality(122, 300, 120, 0, 0, 0, partial=False),
        "embedding": bytes(512),
        "face_jpeg": FACE_JPEG,
    }
    return Shot(**{**values, **changes})


def recognition(number=1, device_id="door", known=True, **changes):
    """Event ``number``: of E-0001, or of a stranger."""
    values = {
        "event_id": str(1_760_000_000_000_000 + number),
        "device": device(device_id),
        "in_ms": 1_760_000_000_000,
        "recognised_ms": 1_760_000_000_123,
        "shot": shot(device_id=device_id),
        "match": Match(identity(), 91.25) if known else Match(None, 27.69),
        "seq": number,
    }
    return Recognition(**{**values, **changes})


def visit(known=True, **changes):
    """The stay of :func:`recognition` number 1, three seconds long."""
    decided = recognition(known=known)
    values = {
        "event_id": decided.event_id,
        "device": decided.device,
        "in_ms": decided.in_ms,
        "recognised_ms": decided.recognised_ms,
        "out_ms": decided.in_ms + 3_456,
        "shot": decided.shot,
        "match": decided.match,
        "seq": 2,
    }
    return Visit(**{**values, **changes})
