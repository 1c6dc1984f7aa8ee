"""Events for the journal's tests."""

from sophon_report.model import (
    Attributes,
    Device,
    DeviceType,
    Identity,
    Match,
    Progress,
    Quality,
    Recognition,
    Shot,
    UserType,
    Visit,
)

CAMERA = Device("cam-1", "front door", DeviceType.RTSP, "rtsp://admin:geheim@192.0.2.7/ch1", roi=(0, 0, 10, 10))
QUALITY = Quality(80.0, 500.0, 120.0, 1.0, -2.0, 0.5, partial=False)
EMPLOYEE = Identity("E-1", "员工一", UserType.EMPLOYEE, ("p1", "p2"), "f1", "ph1", b"\xff\xd8photo", b"\x00" * 512)


def shot(number: int = 1, picture_bytes: int = 300) -> Shot:
    return Shot(
        device_id="cam-1",
        track_id=number,
        in_ms=1_760_000_000_000,
        captured_ms=1_760_000_000_500,
        box=(1.0, 2.0, 30.5, 40.0),
        landmarks=((1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0), (9.0, 10.0)),
        detect_score=0.9,
        quality=QUALITY,
        embedding=b"\x01" * 512,
        embedder="ab" * 32,
        attributes=Attributes("female", 34.5, glasses=True),
        face_jpeg=b"\xff\xd8" + bytes([number % 256]) * picture_bytes,
        scene_jpeg=b"\xff\xd8scene",
    )


def event_id(number: int) -> str:
    return f"{1_760_000_000_000_000 + number:016d}"


def recognition(number: int, picture_bytes: int = 300, in_ms: int = 1_760_000_000_000) -> Recognition:
    return Recognition(
        event_id=event_id(number),
        device=CAMERA,
        in_ms=in_ms,
        recognised_ms=in_ms + 700,
        shot=shot(number, picture_bytes),
        match=Match(EMPLOYEE, 93.5),
    )


def visit(number: int, picture_bytes: int = 300) -> Visit:
    return Visit(
        event_id=event_id(number),
        device=CAMERA,
        in_ms=1_760_000_000_000,
        recognised_ms=1_760_000_000_700,
        out_ms=1_760_000_009_000 + number,
        shot=shot(number, picture_bytes),
        match=Match(None, 27.5),
        ended_by="left",
    )


def progress(number: int, last_seen_ms: int) -> Progress:
    return Progress(event_id(number), last_seen_ms)
