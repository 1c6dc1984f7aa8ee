"""The realtime clients of the documents against the running service: nothing missed, nothing twice.

All of them follow one service at the same time, each in both dialects, over its stop and start: a box is what they
share, and one story tells of all.
"""

import contextlib
import json
import socket

import pytest
from full_events import full_shot
from programs import NAMES, Program, skip_unless_here, those_to_run
from running_box import HOST, running_box
from waiting import until

DIALECTS = ("v2", "v1")
STORY = [("door", "E-1"), ("door", "-"), ("yard", "E-1"), ("door", "-"), ("yard", "E-1"), ("door", "E-1")]
"""Where who comes; a stranger has no id."""


def free_port():
    """One that nobody has at the moment."""
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        return asked.getsockname()[1]


@contextlib.contextmanager
def box_at(root, event_port):
    """A service on the same folder as those before it."""
    with running_box(root, server={"event_port": event_port}) as box, box.vision.alive():
        yield box


def comes(box, *visits):
    """Those of the story come and leave; what is told of them is on the disk."""
    before = box.journaled()
    for device_id, identity_id in visits:
        box.vision.visit("ada" if identity_id == "E-1" else "eve", device_id)
    until(lambda: box.journaled() >= before + 2 * len(visits), "the journal")


def told(box):
    """Every event of the box as it tells them itself: id, device, person."""
    with contextlib.closing(box.connect()) as witness:
        witness.send(json.dumps({"with_face_image": False, "since": 0}))
        events = [json.loads(witness.recv()) for _ in STORY]
    return [[each["event_id"], each["media_device_id"], each["identity_id"] or "-"] for each in events]


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """What each program has printed and kept, and what it should have."""
    root, place, port = tmp_path_factory.mktemp("s") / "d", tmp_path_factory.mktemp("p"), free_port()
    programs = {}
    for language in those_to_run():
        command = language.command("realtime", tmp_path_factory.mktemp(language.name))
        for dialect in DIALECTS:
            folder = place / f"{language.name}-{dialect}"
            programs[language.name, dialect] = Program(
                [*command, f"ws://{HOST}:{port}", str(folder), dialect], folder
            )
    with contextlib.ExitStack() as stack:
        for each in programs.values():
            stack.callback(each.stop)
        with box_at(root, port) as box:
            box.register("E-1", "Ada", "ada")
            comes(box, STORY[0])  # before anybody follows
            for each in programs.values():
                each.start()
            until(lambda: box.subscribed() == len(programs), "all of them")
            comes(box, STORY[1])
            for each in programs.values():
                each.prints(2)
        with box_at(root, 0) as box:  # where none of them can reach it
            comes(box, *STORY[2:4])
        with box_at(root, port) as box:
            for each in programs.values():
                each.prints(4)
            comes(box, STORY[4])
            for each in programs.values():
                each.prints(5)
                each.stop()
                (each.folder / "since").write_text("0")  # as if it had died before it wrote the number
                each.start()
            until(lambda: box.subscribed() == len(programs), "all of them again")
            comes(box, STORY[5])
            for each in programs.values():
                each.prints(6)
            yield programs, told(box)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("language", NAMES)
class TestRealtimeProgram:
    def test_prints_each_event_once_and_in_order(self, story, language, dialect):
        """Those before it came, those of a break, live ones; also after it lost its place."""
        skip_unless_here(language)
        programs, events = story
        assert [event[1:] for event in events] == [list(each) for each in STORY]
        assert programs[language, dialect].lines == events

    def test_keeps_each_event_with_its_face_and_its_number(self, story, language, dialect):
        """Whole files, by the event's id; the place is the number of the last."""
        skip_unless_here(language)
        programs, events = story
        folder = programs[language, dialect].folder
        for event_id, device_id, _ in events:
            kept = json.loads((folder / f"{event_id}.json").read_text("utf-8"))
            assert kept["media_device_id" if dialect == "v2" else "device_id"] == device_id
            assert (folder / f"{event_id}.jpg").read_bytes() == full_shot().face_jpeg
        until(lambda: (folder / "since").read_text() == str(kept["seq"]), "the number")
        assert len(list(folder.iterdir())) == 2 * len(STORY) + 1
