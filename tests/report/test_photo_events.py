"""From a pushed picture to an answer and one event; vision and its vectors are scripted, the rest is real."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from sophon_report.api.pictures import PushedPicture
from sophon_report.config import Matching, parse_settings
from sophon_report.delivery.journal import Journal
from sophon_report.errors import BadImage, DeviceNotFound, NobodyKnown, Unavailable
from sophon_report.link.messages import PhotoFace, PhotoResult, PhotoUse
from sophon_report.model import (
    Attributes,
    Device,
    DeviceType,
    Person,
    PersonFace,
    Quality,
    Recognition,
    Visit,
)
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.photo_desk import PhotoDesk
from sophon_report.report.photo_events import PhotoEvents, photo_device_at
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

NOW_MS, DIM = 1_760_000_000_000, 16
GATE = Device("gate", "main gate", DeviceType.PHOTO, "10.0.0.21", permission_id="staff")
CAMERA = Device("camera", "camera", DeviceType.RTSP, "rtsp://10.0.0.22/1")
QUALITY = Quality(90, 300, 120, 0, 0, 0, partial=False)


def axis(number, toward=0.0):
    vector = np.zeros(DIM, "<f4")
    vector[number], vector[number + 1] = np.sqrt(1 - toward**2), toward
    return vector.tobytes()


def seen(embedding, **more):
    """What vision says of a picture with one face."""
    face = PhotoFace((1.0, 2.0, 3.0, 4.0), ((1.0, 1.0),) * 5, 0.9, QUALITY, embedding)
    pictures = {"face_jpeg": b"\xff\xd8face", "scene_jpeg": b"\xff\xd8scene"}
    return {"faces": (face,), **pictures, **more}


class Box:
    """The parts of a report process that a pushed picture meets. A picture names what vision sees in it."""

    def __init__(self, tmp_path):
        self.sights = {b"ada": seen(axis(0)), b"stranger": seen(axis(7)), b"wall": {"refused": "no_face"}}
        self.asked, self.told = [], []
        self.settings = Matching()
        self.loop = asyncio.new_event_loop()
        self.database = Database.open(tmp_path / "store.sqlite")
        self.people = KnownPeople(PeopleStore(self.database))
        self.people.use("sha", DIM, 0.489)
        self.journal = Journal.open(tmp_path / "journal", parse_settings({}).journal, clock_ms=lambda: NOW_MS)
        self.loop.run_until_complete(self.journal.start())
        ids = iter(range(1, 100))
        self.flow = EventFlow(
            parse_settings({}),
            self.people,
            self.journal,
            lambda recognition, _accepted: self.told.append(recognition),
            lambda: f"{next(ids):016d}",
        )
        self.desk = PhotoDesk(self._vision)
        self.photos = PhotoEvents(lambda: self.settings, self.desk, self.people, self.flow, lambda: NOW_MS)
        self.flow.devices_changed([CAMERA, GATE])

    def enrol(self, person, embedding):
        name = person.identity_id
        self.people.add(person, [PersonFace(f"f-{name}", f"p-{name}", b"\xff\xd8photo", embedding, "sha")])

    def _vision(self, photo):
        self.asked.append(photo)
        result = PhotoResult(photo.request_id, **self.sights[photo.image])
        asyncio.get_running_loop().call_soon(self.desk.answered, result)
        return True

    def run(self, *pictures):
        """Push one after the other; returns the answers."""

        async def story():
            return [await self.photos.push(picture) for picture in pictures]

        return self.loop.run_until_complete(story())

    def journaled(self):
        """What is on disk."""

        async def story():
            await self.journal.wait_for(self.told[-1].seq)
            return await self.journal.read(0, 10, 1 << 20)

        return [record.value for record in self.loop.run_until_complete(story())]


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path)
    box.enrol(Person("E-1", "Ada", permission_ids=("staff",)), axis(0))
    box.enrol(Person("E-2", "Bob"), axis(3))
    yield box
    box.loop.run_until_complete(box.journal.close())
    box.loop.close()
    box.database.close()


def pushed(image=b"ada", address="10.0.0.21", **more):
    return PushedPicture(image, address, **more)


def test_a_known_person_is_answered_and_told_everywhere(box):
    """One recognition to the clients; on disk the recognition and behind it the visit, same id and time."""
    [answer] = box.run(pushed())
    assert (answer.passed, answer.nearest.identity_id, answer.faces) == (True, "E-1", (("f-E-1", "p-E-1"),))
    assert answer.score_pct == pytest.approx(100)
    [told] = box.told
    assert isinstance(told, Recognition)
    assert (told.event_id, told.device, told.match.identity.name) == (answer.event_id, GATE, "Ada")
    assert told.in_ms == told.recognised_ms == NOW_MS
    assert (told.shot.face_jpeg, told.shot.scene_jpeg) == (b"\xff\xd8face", b"\xff\xd8scene")


def test_the_visit_of_a_picture_ends_when_it_began(box):
    """By "left": the person was there for that one moment; on disk it follows its recognition."""
    box.run(pushed())
    [told] = box.told
    recognition, visit = box.journaled()
    assert (recognition.event_id, recognition.seq) == (told.event_id, told.seq)
    assert isinstance(visit, Visit)
    assert (visit.event_id, visit.ended_by) == (recognition.event_id, "left")
    assert visit.in_ms == visit.recognised_ms == visit.out_ms == NOW_MS
    assert (visit.shot, visit.match) == (recognition.shot, recognition.match)


def test_a_stranger_is_an_event_as_well(box):
    """Nobody's name on the event; the answer says who came closest."""
    [answer] = box.run(pushed(b"stranger"))
    [told] = box.told
    assert (told.match.identity, told.user_type.value) == (None, "stranger")
    assert not answer.passed
    assert answer.nearest.identity_id == "E-1"


def test_only_people_with_the_devices_permission_are_compared(box):
    """Bob may not pass this gate: before it he is a stranger."""
    box.sights[b"bob"] = seen(axis(3))
    [answer] = box.run(pushed(b"bob"))
    assert (answer.passed, box.told[0].match.identity) == (False, None)
    [answer] = box.run(PushedPicture(b"bob"))
    assert (answer.passed, answer.nearest.identity_id) == (True, "E-2")


def test_a_score_at_the_mark_does_not_pass(box):
    """Greater than the mark, as everywhere."""
    box.sights[b"at mark"] = seen(axis(0, toward=0.3))
    [answer] = box.run(pushed(b"at mark"))
    box.settings = Matching(pass_pct=answer.score_pct, duplicate_s=0)
    assert not box.run(pushed(b"at mark"))[0].passed
    box.settings = Matching(pass_pct=answer.score_pct - 0.001, duplicate_s=0)
    assert box.run(pushed(b"at mark"))[0].passed


def test_the_same_person_again_is_answered_and_makes_no_second_event(box):
    """A stranger likewise; another person is told."""
    answers = box.run(pushed(), pushed(), pushed(b"stranger"), pushed(b"stranger"))
    assert [answer.passed for answer in answers] == [True, True, False, False]
    assert [bool(answer.event_id) for answer in answers] == [True, False, True, False]
    assert len(box.told) == 2
    assert (box.photos.stats().pushed, box.photos.stats().suppressed) == (4, 2)


def test_no_duplicate_time_makes_every_picture_an_event(box):
    """It can be switched off, and takes effect at once."""
    box.settings = Matching(duplicate_s=0)
    box.run(pushed(), pushed())
    assert len(box.told) == 2


@pytest.mark.parametrize("permission_id", ["", "staff"])
def test_a_picture_of_no_device_is_answered_and_makes_no_event(box, permission_id):
    """And costs no scene."""
    [answer] = box.run(PushedPicture(b"ada", permission_id=permission_id))
    assert (answer.passed, answer.event_id) == (True, "")
    assert box.told == []
    assert box.asked[0].use is PhotoUse.FACES


def test_what_the_device_sent_along_is_in_the_event(box):
    """The infrared picture as vision encoded it anew, the camera's judgement as it came, the size it asked for."""
    box.sights[b"ada"] = seen(axis(0), ir_jpeg=b"\xff\xd8infrared")
    box.run(pushed(infrared=b"raw", camera_quality=b'{"pitch":1}', min_face_px=77))
    [told], [asked] = box.told, box.asked
    assert (told.shot.ir_jpeg, told.shot.camera_quality) == (b"\xff\xd8infrared", b'{"pitch":1}')
    assert (asked.infrared, asked.min_face_px, asked.use) == (b"raw", 77, PhotoUse.EVENT)


@pytest.mark.parametrize("picture", [pushed(b"wall"), PushedPicture(b"wall")])
def test_a_picture_without_a_face_is_refused_and_makes_no_event(box, picture):
    """With the reason."""
    with pytest.raises(BadImage) as refused:
        box.run(picture)
    assert (refused.value.reason, box.told) == ("no_face", [])


@pytest.mark.parametrize("address", ["10.0.0.99", "10.0.0.22", "gate"])
def test_an_address_of_no_photo_device_is_refused_before_the_picture_is_looked_at(box, address):
    """A camera that streams is none."""
    with pytest.raises(DeviceNotFound):
        box.run(pushed(address=address))
    assert (box.asked, box.told) == ([], [])


def test_with_nobody_to_compare_with_it_says_so(box):
    """No comparison, no event."""
    with pytest.raises(NobodyKnown):
        box.run(PushedPicture(b"ada", permission_id="nobody has it"))
    assert box.told == []


def test_a_service_that_leaves_takes_no_picture(box):
    """Its last events are written; the device may push again to the next."""
    box.loop.run_until_complete(box.flow.stop())
    with pytest.raises(Unavailable):
        box.run(pushed())


@pytest.mark.parametrize(
    ("url", "address", "found"),
    [
        ("10.0.0.21", "10.0.0.21", True),
        ("10.0.0.21", "::ffff:10.0.0.21", True),
        ("::ffff:10.0.0.21", "10.0.0.21", True),
        ("fe80::1", "fe80:0:0:0:0:0:0:1%eth0", True),
        ("http://10.0.0.21:8080/x", "10.0.0.21", True),
        ("10.0.0.21", "10.0.0.2", False),
        ("10.0.0.21", "", False),
    ],
)
def test_a_photo_device_is_found_by_its_address_however_it_is_spelt(url, address, found):
    """IPv4 inside IPv6, zones, a URL around it."""
    device = replace(GATE, url=url)
    assert photo_device_at([CAMERA, device], address) == (device if found else None)


def masked(embedding):
    sight = seen(embedding)
    return {**sight, "faces": (replace(sight["faces"][0], attributes=Attributes(mask=True)),)}


def test_a_masked_face_passes_by_the_mark_for_masked_faces(box):
    """Cosine 0.45 is 75 %: too little for a bare face, enough for one that a model says is masked."""
    box.settings = Matching(masked_pass_pct=70)
    box.sights[b"far"] = seen(axis(0, toward=(1 - 0.45**2) ** 0.5))
    box.sights[b"masked"] = masked(axis(0, toward=(1 - 0.45**2) ** 0.5))
    bare, covered = box.run(pushed(b"far"), pushed(b"masked"))
    assert bare.score_pct == pytest.approx(covered.score_pct) == pytest.approx(75.5, abs=0.1)
    assert (bare.passed, covered.passed) == (False, True)


def test_without_a_mark_of_their_own_masked_faces_pass_like_all(box):
    """0 is the default."""
    box.sights[b"masked"] = masked(axis(0, toward=(1 - 0.45**2) ** 0.5))
    [answer] = box.run(pushed(b"masked"))
    assert not answer.passed
