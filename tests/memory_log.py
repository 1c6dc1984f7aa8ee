"""A journal and cursors in memory, and visits to put in: what an uploader reads, without a disk."""

import asyncio
from functools import partial
from typing import Dict, List

from sophon_report.delivery.journal import Behind, Sealed
from sophon_report.model import (
    Device,
    DeviceType,
    Identity,
    Match,
    Progress,
    Quality,
    Recognition,
    Record,
    Shot,
    UserType,
    Visit,
)

RECORD_BYTES = 100


class MemoryLog:
    """Records in the order they were added."""

    def __init__(self):
        self.records: List[Record] = []
        self.oldest_seq = 1
        self.last_seq = 0
        self.told, self.lost = {}, {}
        self._news = asyncio.Event()

    def add(self, value, skip=0):
        self.last_seq += 1 + skip
        self.records.append(Record(self.last_seq, value))
        self._news.set()
        self._news = asyncio.Event()
        return self.last_seq

    def behind(self, seq):
        values = [record.value for record in self.records if record.seq > seq]
        events = [value for value in values if not isinstance(value, Progress)]
        visits = sum(isinstance(value, Visit) for value in events)
        oldest_ms = next((value.recognised_ms for value in events), None)
        return Behind(len(values), visits, len(events) - visits, RECORD_BYTES * len(values), oldest_ms)

    def tells(self, name, what):
        self.told[name] = what

    def dropped(self, name):
        return self.lost.get(name, 0)

    async def read_sealed(self, after_seq, limit, max_bytes):
        wanted = [record for record in self.records if record.seq > after_seq][:limit]
        return [Sealed(record.seq, partial(Record, record.seq, record.value)) for record in wanted]

    async def wait_for(self, after_seq):
        while self.last_seq <= after_seq:
            await self._news.wait()


class MemoryCursor:
    """A place, and every place it has been."""

    def __init__(self, seq=0):
        self.passed = [seq]

    def position(self):
        return self.passed[-1]

    def advance(self, seq):
        assert seq >= self.position()
        self.passed.append(seq)


class MemoryCursors:
    """Cursors by name."""

    def __init__(self):
        self.places: Dict[str, MemoryCursor] = {}

    def names(self):
        return list(self.places)

    def open(self, name, start_seq):
        return self.places.setdefault(name, MemoryCursor(start_seq))

    def remove(self, name):
        self.places.pop(name, None)


def visit(event_id="1760000000123456", person="E-0001", **changes):
    """A visit of ``person`` (``None``: a stranger) with small pictures."""
    quality = Quality(122, 300, 120, 0, 0, 0, partial=False)
    shot = Shot(
        device_id="d1",
        track_id=1,
        in_ms=1_760_000_000_000,
        captured_ms=1_760_000_000_123,
        box=(50, 23, 173, 183),
        landmarks=((80, 70), (140, 71), (110, 100), (85, 140), (135, 141)),
        detect_score=0.9,
        quality=quality,
        embedding=b"\x00\x00\x80\x3f" + bytes(508),
        face_jpeg=b"\xff\xd8\xff face",
        scene_jpeg=b"\xff\xd8\xff scene",
    )
    identity = Identity(person, "王芳", UserType.EMPLOYEE, photo_jpeg=b"\xff\xd8\xff photo") if person else None
    values = {
        "event_id": event_id,
        "device": Device("d1", "front door", DeviceType.RTSP, "rtsp://user:secret@10.0.0.21/ch1"),
        "in_ms": 1_760_000_000_000,
        "recognised_ms": 1_760_000_000_123,
        "out_ms": 1_760_000_003_456,
        "shot": shot,
        "match": Match(identity, 94.8 if person else 27.69),
    }
    return Visit(**{**values, **changes})


def recognition(event_id="1760000000123456", person="E-0001"):
    """The decision of that visit."""
    whole = visit(event_id, person)
    return Recognition(whole.event_id, whole.device, whole.in_ms, whole.recognised_ms, whole.shot, whole.match)
