"""The demo film as it is, through the product: every face of every frame, and the visits that come of it.

Where each face really is, is known from the film's script. The first person is registered by another photograph
than the film shows, the second by the same one, the third is not registered.
"""

import asyncio
import itertools
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from sophon_report.config import Settings, parse_settings
from sophon_report.delivery.journal import Journal
from sophon_report.demo.cast import Member, read_picture, sample_cast
from sophon_report.demo.media import DemoMedia
from sophon_report.demo.scene import STAGE, Script, Sheet, face_box, fit, is_whole, pose, write_script
from sophon_report.demo.truth import Comparison, SeenVisit, compare
from sophon_report.link.messages import LINK_VERSION, DeviceState, Hello, Message, Photo, ShotTaken
from sophon_report.model import Attributes, Box, Device, DeviceType, Faces, FloatArray, Person, Progress, Visit
from sophon_report.people_import import photos_of
from sophon_report.quality_limits import stream_limits
from sophon_report.recognition.enrol import parse_photo_name, registered_face
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.eventflow import EventFlow
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.tracking.tracker import Tracker, TrackerParams
from sophon_report.vision.engines.base import FACE_SCORE, FAINT_SCORE, Engine
from sophon_report.vision.photo import look_at
from sophon_report.vision.picture import Frame
from sophon_report.vision.pipeline import Pipeline
from sophon_report.vision.shots import ShotTaker
from sophon_report.vision.sources.capture import open_capture

START_MS = 1_760_000_000_000
STATE_EVERY_MS = 500
SAME_IOU = 0.4
"""A detection with this much in common with a true face's box is that face. Boxes of the script are those that the
detector found on the whole photograph; a film of one person a lane leaves no doubt."""


@dataclass(frozen=True)
class FilmedFace:
    """A face that is in a frame, and what was seen of it."""

    time_ms: int
    stay: int
    """Number of the stay in the script."""
    person: int
    """Number of the person in the cast."""
    width_px: float
    whole: bool
    """All of it is in the picture."""
    score: Optional[float] = None
    """Of the detector; ``None``: not found. So are the next ones."""
    track_id: int = 0
    """0: followed by no track yet."""
    feature: Optional[FloatArray] = None
    attributes: Attributes = Attributes()


@dataclass(frozen=True)
class Film:
    """All that was seen of the film."""

    cast: Tuple[Member, ...]
    script: Script
    faces: Tuple[FilmedFace, ...]
    frames: int
    false_faces: int
    """Detections where no face is."""
    registered: Dict[str, FloatArray]
    """Feature of each registered photograph, by the person's id."""
    visits: Tuple[Visit, ...]
    comparison: Comparison

    def name(self, person: int) -> str:
        """Of a member of the cast."""
        return self.cast[person].person

    def visits_of(self, person: int) -> List[Visit]:
        """The reported visits that are a member's, by their times."""
        begins = {
            pair.seen.in_ms + START_MS
            for pair in self.comparison.pairs
            if pair.seen is not None and pair.expected.person == self.name(person)
        }
        return [visit for visit in self.visits if visit.in_ms in begins]


def watch(engine: Engine, media: DemoMedia, pictures: Path) -> Film:
    """Look at every frame of the film.

    Args:
        engine: with attributes wanted.
        media: the film and the photographs of those who are registered.
        pictures: folder of the photographs that the film shows.
    """
    settings = parse_settings({"engine": {"attributes": True}})
    cast = sample_cast(pictures)
    script = write_script(len(cast))
    stage = _Stage(cast, script)
    device = Device("film", "film", DeviceType.FILE, str(media.video))
    pipeline, shots = Pipeline(device, engine, settings.match.min_face_px), ShotTaker(engine)
    limits = settings.quality
    pipeline.limits = stream_limits(checks_quality=limits.stream_fiqa, pose=limits.stream_pose)
    tracker = Tracker(TrackerParams(high_score=FACE_SCORE, low_score=FAINT_SCORE))
    faces: List[FilmedFace] = []
    said: List[Message] = []
    frames = false_faces = told_ms = 0
    capture = open_capture(device)
    while True:
        taken = capture.read()
        if taken is None:
            break
        time_ms, picture = taken
        (found,) = engine.detect([picture], settings.match.min_face_px)
        at_ms = START_MS + time_ms
        ended, candidates = pipeline.follow(Frame("film", at_ms, picture), found)
        said += [*ended, *map(ShotTaken, shots.take(candidates))]
        if at_ms - told_ms >= STATE_EVERY_MS:
            told_ms = at_ms
            said.append(DeviceState("film", "online", now_ms=at_ms, tracks=tuple(pipeline.tracks())))
        track_ids = tracker.step(at_ms, found).track_ids
        sure = found.scores >= FACE_SCORE
        features = engine.embed(engine.align(picture, found.landmarks))
        attributes = engine.attributes(picture, found)
        there = stage.faces_at(frames, time_ms)
        paired = _paired(there, found, sure)
        for face, box in there:
            index = paired.get(box)
            if index is None:
                faces.append(face)
                continue
            seen = replace(
                face,
                score=float(found.scores[index]),
                track_id=int(track_ids[index]),
                feature=features[index],
                attributes=attributes[index],
            )
            faces.append(seen)
        false_faces += int(sure.sum()) - len(paired)
        frames += 1
    capture.close()
    said += pipeline.finish()
    last_ms = START_MS + media.truth.duration_ms
    said.append(DeviceState("film", "ended", now_ms=last_ms))
    registered, visits = asyncio.run(_visits(engine, settings, media.people, device, said))
    seen_visits = [
        SeenVisit(visit.match.identity.identity_id if visit.match.identity else None, visit.in_ms, visit.out_ms)
        for visit in visits
    ]
    comparison = compare(media.truth, seen_visits, START_MS)
    return Film(cast, script, tuple(faces), frames, false_faces, registered, visits, comparison)


class _Stage:
    """Where each face of the film is."""

    def __init__(self, cast: Sequence[Member], script: Script) -> None:
        self._script = script
        self._sheets: List[Sheet] = []
        for member in cast:
            height, width = read_picture(member.shown).shape[:2]
            assert member.face is not None
            self._sheets.append(fit(STAGE, width, height, member.face))

    def faces_at(self, frame: int, time_ms: int) -> List[Tuple[FilmedFace, Box]]:
        """Faces of which at least a part is in the picture, each with its box."""
        there = []
        for number, stay in enumerate(self._script.stays):
            at = pose(STAGE, self._sheets[stay.portrait], stay, STAGE.time_s(frame))
            if at is None:
                continue
            box = face_box(self._sheets[stay.portrait], at)
            if box[2] > 0 and box[3] > 0 and box[0] < STAGE.width_px and box[1] < STAGE.height_px:
                face = FilmedFace(time_ms, number, stay.portrait, box[2] - box[0], is_whole(STAGE, box))
                there.append((face, box))
        return there


def _paired(there: Sequence[Tuple[FilmedFace, Box]], found: Faces, sure: FloatArray) -> Dict[Box, int]:
    """Which detection is which true face."""
    candidates = [
        (_iou(box, found.boxes[index]), box, index)
        for _, box in there
        for index in range(len(found))
        if sure[index]
    ]
    paired: Dict[Box, int] = {}
    for overlap, box, index in sorted(candidates, key=lambda each: -each[0]):
        if overlap >= SAME_IOU and box not in paired and index not in paired.values():
            paired[box] = index
    return paired


def _iou(one: Box, other: FloatArray) -> float:
    across = min(one[2], float(other[2])) - max(one[0], float(other[0]))
    down = min(one[3], float(other[3])) - max(one[1], float(other[1]))
    common = max(across, 0.0) * max(down, 0.0)
    areas = (one[2] - one[0]) * (one[3] - one[1]) + float((other[2] - other[0]) * (other[3] - other[1]))
    return common / (areas - common)


async def _visits(
    engine: Engine, settings: Settings, people_dir: Path, device: Device, said: Sequence[Message]
) -> Tuple[Dict[str, FloatArray], Tuple[Visit, ...]]:
    """What the report process makes of it: the registered features and the ended visits."""
    card = engine.embedder
    registered = {}
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "store.sqlite")
        journal = Journal.open(Path(folder) / "journal", settings.journal, clock_ms=lambda: START_MS)
        await journal.start()
        people = KnownPeople(PeopleStore(database))
        ids = map(str, itertools.count(1))
        flow = EventFlow(settings, people, journal, lambda *_: None, lambda: next(ids))
        flow.devices_changed([device])
        await flow.vision_opened(Hello(LINK_VERSION, 1, engine.name, card.sha256, card.dim, card.pass_cosine))
        for number, path in enumerate(photos_of(people_dir)):
            identity_id, name = parse_photo_name(path.name)
            looked = look_at(engine, Photo(number, path.read_bytes(), settings.match.min_face_px))
            face = registered_face(looked, card.sha256)
            registered[identity_id] = np.frombuffer(face.embedding, "<f4")
            people.add(Person(identity_id, name), [face])
        for message in said:
            await flow.message(message)
        await flow.stop()
        await journal.append(Progress("end", START_MS)).accepted
        records = await journal.read(0)
        await journal.close()
        database.close()
    visits = tuple(record.value for record in records if isinstance(record.value, Visit))
    return registered, visits
