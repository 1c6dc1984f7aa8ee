"""A person is erased: no byte of the data folder knows them any more, and nobody else misses anything."""

import asyncio
import base64
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bundled_receiver import bundled_receiver
from full_events import full_recognition, full_shot
from running_box import DIM, HOST, MODEL, QUALITY, START_MS, running_box
from waiting import until

from sophon_report.config import Journal as Settings
from sophon_report.config import parse_settings
from sophon_report.delivery.journal import Journal, RealFiles, show, stat, verify
from sophon_report.delivery.letter import letter_of
from sophon_report.errors import NotFound
from sophon_report.link.messages import DeviceState, ShotTaken, TrackEnded
from sophon_report.model import Identity, Match, Person, PersonFace, Quality, Track, UserType, Visit
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.people_erase import erase_person
from sophon_report.report.erasing import Erased
from sophon_report.report.erasure_note import ErasureNote, NoteFile
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database
from sophon_report.store.event_index import EventQuery
from sophon_report.store.people import PeopleStore
from sophon_report.store.strangers import Filed, StrangerPicture, StrangerStore

EVE_ID, EVE_NAME = "E-eve-工号7", '伊芙 "Eve" O\'Hara'
ADA_ID, ADA_NAME = "E-ada", "Ada"
CHANCE = np.random.default_rng(7)
BETTER = Quality(200, 900, 120, 0, 0, 0, partial=False)


def unit(values):
    return (values / np.linalg.norm(values)).astype("<f4")


FACES = {who: unit(CHANCE.normal(size=DIM)) for who in (EVE_ID, ADA_ID)}


def picture(size_bytes=4000):
    return b"\xff\xd8\xff\xe0" + CHANCE.bytes(size_bytes)


class Scene:
    """People before the door of a box; remembers what was shown of each."""

    def __init__(self, box):
        self.box, self.tracks, self.now_ms = box, 0, START_MS
        self.shown = {EVE_ID: [], ADA_ID: []}
        """Every picture and vector."""
        for identity_id, name in ((EVE_ID, EVE_NAME), (ADA_ID, ADA_NAME)):
            photo, vector = picture(), FACES[identity_id].tobytes()
            self.shown[identity_id] += [photo, vector]
            face = PersonFace(f"face of {len(photo)}{identity_id[2]}", f"ph{identity_id[2]}", photo, vector, MODEL)
            box.call(box.process.people.add, Person(identity_id, name), [face])

    def shot(self, who, cosine=0.8, quality=QUALITY, track_id=0):
        """A picture of somebody on a new track, or on this one."""
        self.tracks += not track_id
        beside = CHANCE.normal(size=DIM)
        beside -= FACES[who] * (beside @ FACES[who])
        vector = unit(FACES[who] * cosine + unit(beside) * np.sqrt(1 - cosine**2)).tobytes()
        face, scene = picture(), picture(12_000)
        self.shown[who] += [vector, face, scene]
        taken = full_shot(
            device_id="door",
            track_id=track_id or self.tracks,
            in_ms=self.now_ms,
            captured_ms=self.now_ms + 100,
            embedding=vector,
            embedder=MODEL,
            quality=quality,
            ir_jpeg=b"",
            camera_quality=b"",
            face_jpeg=face,
            scene_jpeg=scene,
        )
        self.box.vision.link.send(ShotTaken(taken))
        return taken.track_id

    def stays(self, who):
        """Comes, and is still there."""
        return self.shot(who)

    def comes_and_goes(self, who, early_stranger=False):
        """One recognition, one visit."""
        track = self.shot(who, 0.1 if early_stranger else 0.8)
        if early_stranger:
            there = Track(track, self.now_ms, self.now_ms + 3000)
            self.box.vision.link.send(DeviceState("door", "online", now_ms=there.out_ms, tracks=(there,)))
            self.shot(who, 0.8, BETTER, track)
        self.box.vision.link.send(TrackEnded("door", Track(track, self.now_ms, self.now_ms + 4000)))
        self.time_passes()

    def time_passes(self, there=()):
        self.now_ms += 10_000
        tracks = tuple(Track(each, self.now_ms - 10_000, self.now_ms) for each in there)
        self.box.vision.link.send(DeviceState("door", "online", now_ms=self.now_ms, tracks=tracks))


def traces_of(scene, identity_id, name):
    """Byte strings of which none may be found: id and name as they are spelt anywhere, parts of every picture."""
    spelt = [text for each in (identity_id, name) for text in (each, json.dumps(each)[1:-1])]
    found = {text.encode() for text in spelt}
    for shown in scene.shown[identity_id]:
        found |= {shown[at : at + 32] for at in range(4, len(shown) - 32, 512)}
        found.add(base64.b64encode(shown[3:63]))
    return found


def search(root, traces):
    """Which traces lie in which file of the folder, names of files too."""
    found = []
    for path in sorted(Path(root).rglob("*")):
        content = str(path).encode() + (path.read_bytes() if path.is_file() else b"")
        found += [(path.name, trace) for trace in traces if trace in content]
    return found


def events_of(root, who):
    """Numbers of the records in the journal that name somebody."""
    numbers = range(1, stat(root / "journal").last_seq + 1)
    found = []
    for seq in numbers:
        try:
            record = show(root / "journal", seq)
        except NotFound:
            continue
        match = getattr(record.value, "match", None)
        if match and (match.identity.identity_id if match.identity else None) == who:
            found.append(seq)
    return found


@contextmanager
def short_folder():
    """Sockets live in it: its path must be short."""
    with tempfile.TemporaryDirectory(prefix="e") as name:
        yield Path(name)


def rows_of(box, who):
    """How many events of somebody can be asked for."""
    return box.process.history.index.page(EventQuery(identity_id=who), 1).total


def settings_of(root, receiver):
    return {
        "data_dir": str(root),
        "journal": {"segment_bytes": 64 << 10},
        "destination": [
            {"name": "platform", "url": receiver.url("/HistoryEvent"), "layout": "g2"},
            {"name": "away", "url": f"http://{HOST}:9/HistoryEvent", "layout": "g2"},
        ],
    }


def a_day(box):
    """Ada and Eve come and go, letters are set aside, both are still there; returns what was shown."""
    scene = Scene(box)
    for _ in range(4):
        scene.comes_and_goes(ADA_ID)
        scene.comes_and_goes(EVE_ID)
    scene.comes_and_goes(EVE_ID, early_stranger=True)
    scene.comes_and_goes(ADA_ID, early_stranger=True)
    until(lambda: box.journaled() >= 20, "ten visits on the disk")
    box.indexed()
    records = box.run(box.process.journal.read(0, 1000))
    letters = box.process.destinations.dead.of("away")
    for record in records:
        if isinstance(record.value, Visit):
            letter = letter_of(
                record.seq, record.value, reason="no", status=400, answer="no", attempts=5, now_ms=1
            )
            assert letters.add(letter, record.value)
    return scene


def test_a_person_is_erased_beside_a_running_service(capfd):
    """Every byte of the folder is searched after it. Others go on as they were."""
    with short_folder() as root, bundled_receiver() as receiver:
        wanted = settings_of(root, receiver)
        with running_box(root, **{key: wanted[key] for key in ("journal", "destination")}) as box:
            scene = a_day(box)
            eve = scene.stays(EVE_ID)
            ada = scene.stays(ADA_ID)
            scene.time_passes((eve, ada))
            until(lambda: box.call(box.process.flow.visit_stats).open_visits == 2, "two open visits")
            before = [each["event_id"] for each in receiver.wait_for("/HistoryEvent", 10)]
            traces = traces_of(scene, EVE_ID, EVE_NAME)
            assert len({name for name, _ in search(root, traces)}) > 6
            ada_before = events_of(root, ADA_ID)

            erased = erase_person(parse_settings(wanted), EVE_ID, lambda _progress: None)

            assert replace(erased, rows=0) == Erased(faces=1, records=11, dead_letters=5)
            assert erased.rows in (5, 6), "five visits, and whoever is there yet was maybe written down"
            assert rows_of(box, EVE_ID) == 0
            assert rows_of(box, ADA_ID) >= 5
            assert search(root, traces) == []
            assert set(ada_before) <= set(events_of(root, ADA_ID))
            assert box.call(box.process.flow.visit_stats).open_visits == 1
            scene.shown[EVE_ID].clear()
            scene.shot(EVE_ID, track_id=eve)
            scene.time_passes((eve, ada))
            scene.comes_and_goes(ADA_ID)
            away = replace(box.process.destinations.get("away"), url=receiver.url("/RealTimeEvent"))
            box.run(box.process.destinations.apply([box.process.destinations.get("platform"), away]))
            told = receiver.wait_for("/RealTimeEvent", 7)
            assert [each["identity_id"] for each in told[:5]] == [ADA_ID] * 5
            assert {each["identity_id"] for each in told[5:]} == {ADA_ID, ""}, "Eve is a new face"
            assert [each["event_id"] for each in told[:5]] == before[0:8:2] + before[9:]
            letters = box.run(box.process.destinations.refused("away"))
            assert len(letters) == 5
        assert search(root, traces) == []
        assert events_of(root, EVE_ID) == []
        assert verify(root / "journal").is_whole
        check_audit(root, "1 faces, 11 records, 5 dead letters")
    said = "".join(capfd.readouterr())
    assert EVE_ID not in said
    assert EVE_NAME not in said


def check_audit(root, detail):
    """One line, and no personal data in it."""
    with closing(Database.open(root / "store.sqlite")) as database:
        [line] = [each for each in AuditStore(database).list() if each.action == "person erased"]
    assert (line.actor, line.action) == ("command", "person erased")
    assert line.detail.startswith(detail)
    assert EVE_ID not in line.detail


@pytest.fixture
def stopped():
    """A folder with a day in it, its settings, and what was shown."""
    with short_folder() as root, bundled_receiver() as receiver:
        wanted = settings_of(root, receiver)
        with running_box(root, **{key: wanted[key] for key in ("journal", "destination")}) as box:
            scene = a_day(box)
            receiver.wait_for("/HistoryEvent", 10)
        yield root, wanted, scene, receiver


def test_a_person_is_erased_from_the_files_of_a_stopped_service(stopped):
    """And the next start delivers what is left, in order."""
    root, wanted, scene, receiver = stopped
    traces = traces_of(scene, EVE_ID, EVE_NAME)
    assert erase_person(parse_settings(wanted), EVE_ID, lambda _progress: None) == Erased(1, 10, 5, rows=5)
    assert search(root, traces) == []
    assert len(events_of(root, ADA_ID)) == 9
    check_audit(root, "1 faces, 10 records, 5 dead letters")
    wanted["destination"][1]["url"] = receiver.url("/RealTimeEvent")
    check_the_next_start(root, wanted, receiver)
    assert search(root, traces) == []


def check_the_next_start(root, wanted, receiver):
    """Who was away gets Ada's five visits, and nobody is told anything twice."""
    with running_box(root, **{key: wanted[key] for key in ("journal", "destination")}) as box:
        away = replace(box.process.destinations.get("away"), url=receiver.url("/RealTimeEvent"))
        box.run(box.process.destinations.apply([box.process.destinations.get("platform"), away]))
        told = receiver.wait_for("/RealTimeEvent", 5)
        until(lambda: not any(box.backlogs().values()), "everything delivered")
    assert [each["identity_id"] for each in told] == [ADA_ID] * 5
    times = [each["timestamp"] for each in told]
    assert times == sorted(times)


def test_an_id_that_nobody_has_and_nothing_is_of_is_told(stopped):
    """Nothing is left of the question."""
    root, wanted, _, _ = stopped
    with pytest.raises(NotFound, match="nobody has this id"):
        erase_person(parse_settings(wanted), "nobody", lambda _progress: None)
    assert not DataDir(root).erasing.exists()
    with closing(Database.open(root / "store.sqlite")) as database:
        assert AuditStore(database).list() == []


def test_who_was_deleted_before_is_erased_from_the_events(stopped):
    """The store does not know them any more, the journal does."""
    root, wanted, scene, _ = stopped
    with closing(Database.open(root / "store.sqlite")) as database:
        PeopleStore(database).delete([EVE_ID])
    assert erase_person(parse_settings(wanted), EVE_ID, lambda _progress: None) == Erased(0, 10, 5, rows=5)
    assert search(root, traces_of(scene, EVE_ID, EVE_NAME)) == []


STRANGER_ID = "1760000000.000000007"


def test_what_a_person_was_told_as_before_they_were_known_goes_too(stopped):
    """The stranger library filed them first; events of then carry that id."""
    root, wanted, scene, _ = stopped
    filed = StrangerPicture("ph", picture(), FACES[EVE_ID].tobytes(), MODEL, 1.0)
    seen = full_recognition(
        event_id="early", match=Match(Identity(STRANGER_ID, "stranger", UserType.STRANGER), 90.0)
    )
    with closing(Database.open(root / "store.sqlite")) as database:
        StrangerStore(database).write([Filed(STRANGER_ID, START_MS, filed)])
        faces = PeopleStore(database).faces_of(EVE_ID)
        PeopleStore(database).add(Person(EVE_ID, EVE_NAME), faces, replace=True, stranger_id=STRANGER_ID)
    asyncio.run(append(root, seen))
    assert search(root, [STRANGER_ID.encode()])
    assert erase_person(parse_settings(wanted), EVE_ID, lambda _progress: None) == Erased(1, 11, 5, rows=5)
    assert search(root, traces_of(scene, EVE_ID, EVE_NAME) | {STRANGER_ID.encode()}) == []


def test_a_stranger_who_is_still_filed_is_erased_by_their_id(stopped):
    """With the photo that they are known again by."""
    root, wanted, _, _ = stopped
    photo = picture()
    with closing(Database.open(root / "store.sqlite")) as database:
        filed = StrangerPicture("ph", photo, FACES[EVE_ID].tobytes(), MODEL, 1.0)
        StrangerStore(database).write([Filed(STRANGER_ID, START_MS, filed)])
    assert erase_person(parse_settings(wanted), STRANGER_ID, lambda _progress: None) == Erased(1, 0, 0)
    assert search(root, {STRANGER_ID.encode(), photo[100:200]}) == []


async def append(root, event):
    """Write one event down beside the others."""
    journal = Journal.open(root / "journal", Settings(segment_bytes=64 << 10), clock_ms=clock_ms)
    await journal.start()
    await journal.append(event).accepted
    await journal.close()


def test_an_erasing_that_could_not_be_finished_comes_before_the_next_one(stopped):
    """Else nobody would ever finish it."""
    root, wanted, scene, _ = stopped
    note = ErasureNote("ab12cd34", EVE_ID, "command")
    NoteFile(DataDir(root).erasing, RealFiles()).write(note)
    with pytest.raises(NotFound):
        erase_person(parse_settings(wanted), "nobody", lambda _progress: None)
    assert search(root, traces_of(scene, EVE_ID, EVE_NAME)) == []
    check_audit(root, "1 faces, 10 records, 5 dead letters, 5 rows (erasing ab12cd34)")


KILLED = """
import os, signal, sys
from pathlib import Path
from sophon_report.config import parse_settings
from sophon_report.delivery.journal import RealFiles
from sophon_report.people_erase import erase_person


class Killed(RealFiles):
    left = int(sys.argv[3])

    def _step(self):
        Killed.left -= 1
        if Killed.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def create(self, path):
        self._step()
        file = super().create(path)
        write, sync = file.write, file.fdatasync
        file.write = lambda buffers: (self._step(), write(buffers))
        file.fdatasync = lambda: (self._step(), sync())
        return file

    def rename(self, source, target):
        self._step()
        super().rename(source, target)

    def unlink(self, path):
        self._step()
        super().unlink(path)

    def fsync_dir(self, directory):
        self._step()
        super().fsync_dir(directory)


settings = parse_settings({"data_dir": sys.argv[1], "journal": {"segment_bytes": 64 << 10}})
erase_person(settings, sys.argv[2], lambda _: None, Killed())
"""
"""Erases somebody with the service stopped, and is killed before the change to the files that it is told."""


def killed_at(root, change):
    """Erase Eve and be killed at that change; whether it came so far."""
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(root), EVE_ID, str(change)], check=False, capture_output=True, text=True
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode != 0


@pytest.mark.parametrize("changes", [range(0, 400, 12), pytest.param(range(400), marks=pytest.mark.long)])
def test_an_erasing_that_was_killed_is_finished_by_the_next_start(stopped, tmp_path, changes):
    """At whichever change of a file: erased whole, and nobody else lost anything."""
    root, wanted, scene, _ = stopped
    traces = traces_of(scene, EVE_ID, EVE_NAME)
    kept, whole = events_of(root, ADA_ID), tmp_path / "whole"
    shutil.copytree(root, whole, ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
    for change in changes:
        shutil.rmtree(root)
        shutil.copytree(whole, root)
        if not killed_at(root, change):
            break
        begun = DataDir(root).erasing.exists()
        with running_box(root, **{key: wanted[key] for key in ("journal", "destination")}) as box:
            until(lambda: not DataDir(root).erasing.exists(), "the end of the erasing")
            until(lambda: box.process.service.erasing()["state"] != "running", "the end of the job")
        assert set(kept) <= set(events_of(root, ADA_ID))
        assert verify(root / "journal").is_whole
        if begun:
            assert search(root, traces) == [], change
            with closing(Database.open(root / "store.sqlite")) as database:
                assert len(AuditStore(database).list()) == 1
    else:
        raise AssertionError("it makes more changes than that")
