"""A running box that people came to, five times, and who is asked about later.

=====  ====  ======  ==================
visit  who   device  what they are
=====  ====  ======  ==================
1      Ada   door    employee
2      三丰  yard    vip
3      Eve   door    nobody who is known
4      Ada   yard    nearer than before
5      三丰  door
=====  ====  ======  ==================
"""

import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import NamedTuple

from full_events import full_shot
from running_box import DEADLINE_S, MODEL, QUALITY, START_MS, VISIT_MS, running_box, until, vector

from sophon_report.link.messages import ShotTaken, TrackEnded
from sophon_report.model import Person, PersonFace, Track, UserType
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database

ADA, BOB = "E-1", "E-2"
VISITS = (
    ("ada", "door", 0.75),
    ("bob", "yard", 0.75),
    ("eve", "door", 0.75),
    ("ada", "yard", 0.9),
    ("bob", "door", 0.75),
)
OPEN = {"open_reads": True, "open_writes": True}


def at_ms(visit):
    """When somebody was recognised."""
    return START_MS + visit * VISIT_MS + 123


def face_jpeg(visit):
    return b"\xff\xd8\xff\xe0 face of visit %d" % visit


def scene_jpeg(visit):
    return b"\xff\xd8\xff\xe0 scene of visit %d" % visit


@contextmanager
def visits_box(root, scene_bytes=0, **settings):
    """All visits over, and in the index; their scenes are so much larger than their words."""
    with running_box(root, **{"access": OPEN, **settings}) as box:
        register(box)
        for number, (who, device_id, cosine) in enumerate(VISITS, 1):
            pictures = {"face_jpeg": face_jpeg(number), "scene_jpeg": scene_jpeg(number) + bytes(scene_bytes)}
            box.vision.visit(who, device_id, cosine, **pictures)
        indexed(box, len(VISITS))
        yield box


def register(box):
    people = (Person(ADA, "Ada Lovelace"), "ada"), (Person(BOB, "张三丰", UserType.VIP), "bob")
    for person, face in people:
        shown = PersonFace(f"f-{face}", f"p-{face}", b"\xff\xd8\xff\xe0 photo", vector(face), MODEL)
        box.call(box.process.people.add, person, [shown])


def indexed(box, visits):
    """Wait until so many visits that are over are in the index."""

    def over():
        events = box.post("/sophon/v2/face/getevents", {"page_limit": 1000}).body["events"]
        return len(events) == visits and all(event["ext_data"]["out_timestamp"] for event in events)

    until(over, f"{visits} visits in the index")


def visit_of(timestamp):
    """The number of the visit that somebody was recognised in at that time."""
    return round((timestamp - START_MS) / VISIT_MS)


def events_of(answer):
    """Numbers of the visits that are told."""
    return [visit_of(event["timestamp"]) for event in answer.body["events"]]


def of_old_rows(answer):
    return [visit_of(row["timestamp"] * 1000) for row in answer.body["data"]]


def comes(box, who):
    """``who`` is before the door, and stays."""
    shot = full_shot(
        device_id="door",
        track_id=1,
        in_ms=at_ms(1) - 123,
        captured_ms=at_ms(1),
        embedding=vector(who, 0.75),
        embedder=MODEL,
        quality=QUALITY,
        ir_jpeg=b"",
        camera_quality=b"",
    )
    box.vision.link.send(ShotTaken(shot))


def goes(box):
    """And leaves."""
    box.vision.link.send(TrackEnded("door", Track(1, at_ms(1) - 123, at_ms(1) + 877)))
    box.vision.online("door", at_ms(1) + VISIT_MS - 1000)


def audit_lines(box):
    database = Database.open(box.place.store)
    try:
        return AuditStore(database).list()
    finally:
        database.close()


class Fetched(NamedTuple):
    """Any answer, as bytes."""

    status: int
    content_type: str
    body: bytes


def fetch(box, path, method="GET", body=None, headers=None):
    request = urllib.request.Request(box.api + path, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as reply:
            return Fetched(reply.status, reply.headers["Content-Type"], reply.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Fetched(refused.status, refused.headers["Content-Type"], refused.read())
