"""Erasing a person, and wiping people, left them in exported files and in reports of imports."""

import asyncio

import pytest
from running_box import running_box
from waiting import until

from sophon_report.report.wiping import Scope, WipeNote

NAME = b"Ada Lovelace"
WIPE = "/sophon/v2/face/wipedata"
EXPORT, UNDER_WAY = "people-20261122-000000-0123abcd.tar", "people-20261122-000001-0123abcd.tar.part"
REPORT, NOTE = "0123456789abcdef.csv", "0123456789abcdef.json"


@pytest.fixture
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("s") / "d"


@pytest.fixture
def box(root):
    with running_box(root, access={"open_writes": True, "open_reads": True}) as running:
        running.register("E-1", "Ada Lovelace", "ada")
        yield running


def leave_files(place):
    """What an export, one that is being written, and an import leave."""
    for folder, names in ((place.exports, (EXPORT, UNDER_WAY)), (place.import_notes, (REPORT, NOTE))):
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_bytes(NAME)


def left(place):
    return [path.name for folder in (place.exports, place.import_notes) for path in folder.glob("*")]


def test_a_wipe_of_people_removes_them(box):
    """Before it is answered."""
    leave_files(box.place)
    assert box.post(WIPE, {"events": True}).status == 200
    assert len(left(box.place)) == 4
    assert box.post(WIPE, {"users": True}).status == 200
    assert left(box.place) == []


def test_a_wipe_that_a_kill_broke_off_removes_them_at_the_next_start(root):
    """As all that it was to remove."""
    with running_box(root) as box:
        place = box.place
    leave_files(place)
    WipeNote(place.wiping).write({Scope.USERS})
    with running_box(root):
        assert left(place) == []


def test_an_erased_person_is_in_none(box):
    """Nobody can take one out of such a file, so all go."""
    leave_files(box.place)
    job = box.call(lambda: box.process._erasure.begin("E-1", "command"))
    until(lambda: box.call(lambda: box.process.jobs.get(job.job_id)).ended, "its end")
    assert box.call(lambda: box.process.jobs.get(job.job_id)).state.value == "done"
    assert left(box.place) == []


@pytest.mark.parametrize("kind", ["people_import", "people_export"])
def test_people_are_not_wiped_while_many_come_or_go(box, kind):
    """They would come back, or stand in the file; events may be wiped, and people when the job has ended."""
    ends = box.call(asyncio.Event)

    async def work(_ticket):
        await ends.wait()
        return {}

    job = box.call(lambda: box.process.jobs.start(kind, work))
    refused = box.post(WIPE, {"users": True})
    assert refused.status == 503
    assert "cancel that job" in refused.body["error"]["message"]
    assert box.post(WIPE, {"all": True}).status == 503
    assert box.call(lambda: box.process.people.stats().faces) == 1
    assert box.post(WIPE, {"events": True}).status == 200
    box.call(ends.set)
    until(lambda: box.call(lambda: box.process.jobs.get(job.job_id)).ended, "its end")
    assert box.post(WIPE, {"users": True}).status == 200
