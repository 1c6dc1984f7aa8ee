"""Events of 76 KB with pictures of their own."""

import os
from dataclasses import replace

from wire import event

from sophon_report.model import Match, Visit

FACE_BYTES, SCENE_BYTES, PHOTO_BYTES = 10_000, 60_000, 6_000
EVENT_BYTES = FACE_BYTES + SCENE_BYTES + PHOTO_BYTES


def visit(number, scene_bytes=SCENE_BYTES):
    """The visit with that number; its pictures are random bytes."""
    seen = event(Visit)
    shot = replace(seen.shot, face_jpeg=os.urandom(FACE_BYTES), scene_jpeg=os.urandom(scene_bytes))
    person = replace(seen.match.identity, photo_jpeg=os.urandom(PHOTO_BYTES))
    match = Match(person, seen.match.score_pct)
    return replace(seen, event_id=f"{1_760_000_000_000_000 + number}", shot=shot, match=match)
