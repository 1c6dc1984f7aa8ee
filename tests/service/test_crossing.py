"""Two people cross before one camera: real detector, tracker, embedder and visits, without the processes."""

import itertools

import pytest

from sophon_report.config import parse_settings
from sophon_report.demo.cast import sample_cast
from sophon_report.demo.media import make_crossing_clip
from sophon_report.link.messages import Photo, ShotTaken, TrackEnded
from sophon_report.model import Device, DeviceType, Person, Recognition, Visit
from sophon_report.recognition.enrol import registered_face
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.recognition.visits import VisitBook
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.vision.better_shot import rank
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.photo import look_at
from sophon_report.vision.picture import Frame
from sophon_report.vision.pipeline import Pipeline
from sophon_report.vision.shots import ShotTaker
from sophon_report.vision.sources.capture import open_capture
from tests.service.conftest import VAR

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def engine():
    return open_engine(parse_settings({"engine": {"kind": "cpu"}}), ModelLibrary(VAR / "models"))


@pytest.fixture
def people(engine, media, tmp_path):
    known = KnownPeople(PeopleStore(Database.open(tmp_path / "store.sqlite")))
    known.use(engine.embedder.sha256, engine.embedder.dim, engine.embedder.pass_cosine)
    for path in media.people.iterdir():
        identity_id, name = path.stem.split("__")
        face = registered_face(look_at(engine, Photo(0, path.read_bytes(), 40)), engine.embedder.sha256)
        known.add(Person(identity_id, name), [face])
    return known


def test_who_crosses_keeps_their_name(engine, people, tmp_path):
    """The front face hides the other for a second; each is one visit with the right person to the end."""
    clip = tmp_path / "crossing.mp4"
    make_crossing_clip(clip, sample_cast(VAR / "pictures")[:2])
    device = Device("d", "d", DeviceType.FILE, str(clip))
    pipeline, taker, capture = Pipeline(device, engine, 40), ShotTaker(engine), open_capture(device)
    ids = map(str, itertools.count(1))
    book = VisitBook(
        parse_settings({}).visit, engine.embedder.pass_cosine, lambda shot: rank(shot.quality), lambda: next(ids)
    )
    told = []
    while True:
        taken = capture.read()
        if taken is None:
            break
        frame = Frame("d", 1_000_000 + taken[0], taken[1])
        ended, worth_a_shot = pipeline.follow(frame, engine.detect([frame.picture], 40)[0])
        for message in (*ended, *map(ShotTaken, taker.take(worth_a_shot))):
            told += hear(book, device, people, message)
        told += book.seen("d", frame.captured_ms, pipeline.tracks())
    for message in pipeline.finish():
        told += hear(book, device, people, message)
    told += book.close_all()
    visits = [entry for entry in told if isinstance(entry, Visit)]
    assert sorted(visit.match.identity.identity_id for visit in visits) == ["E-0001", "E-0002"]
    assert len([entry for entry in told if isinstance(entry, Recognition)]) == 2


def hear(book, device, people, message):
    if isinstance(message, ShotTaken):
        shot = message.shot
        return book.shot(device, shot, people.find(shot.embedding, "", 82.0), good_enough=True)
    assert isinstance(message, TrackEnded)
    return book.track_end("d", message.track)
