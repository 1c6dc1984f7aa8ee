"""``journal stat|verify|show`` on a journal that the real class wrote."""

import asyncio
import json

import pytest
from command import command
from journal_events import progress, recognition, visit

from sophon_report.config import Journal as Settings
from sophon_report.delivery.journal import Journal, RealFiles, catalog, stat
from sophon_report.delivery.journal.cursors import encode_cursor

PASSWORD = "geheim"
"""Stands in the address of the journal's device."""


def write_journal(directory, visits=3):
    """A recognition, its progress and visits, numbered from 1, and how far a destination is."""

    async def story():
        journal = Journal.open(directory, Settings(), clock_ms=lambda: 1_760_000_000_000)
        await journal.start()
        events = [recognition(1), progress(1, 1_760_000_001_000), *(visit(n) for n in range(1, visits + 1))]
        await asyncio.gather(*(journal.append(event).accepted for event in events))
        await journal.close()

    asyncio.run(story())


@pytest.fixture
def data(folder):
    (folder / "d").mkdir()
    write_journal(folder / "d" / "journal")
    return folder / "d"


def segment_files(journal):
    return [segment.path for segment in catalog.list_segments(RealFiles(), journal)]


@pytest.mark.parametrize("action", [["stat"], ["verify"], ["show", "1"]], ids=" ".join)
def test_where_no_journal_is_there_is_nothing_to_tell(folder, action):
    """Status 1, and nothing is made."""
    ended = command("journal", *action, "--data-dir", folder / "d")
    assert ended.returncode == 1
    assert f"there is no journal in {folder}/d" in ended.stderr
    assert not (folder / "d").exists()


def test_stat_tells_numbers_for_people_and_for_programs(data):
    """The same figures both ways."""
    figures = json.loads(command("journal", "stat", "--json", "--data-dir", data).stdout)
    assert figures["records"] == {"recognition": 1, "progress": 1, "visit": 3, "erased": 0}
    assert figures["last_seq"] - figures["first_seq"] == 4
    told = command("journal", "stat", "--data-dir", data).stdout
    assert f"records {figures['first_seq']} to {figures['last_seq']}: 1 recognition, 1 progress, 3 visit" in told


def test_what_a_destination_lacks_is_counted_in_what_it_is_told(data):
    """Realtime in recognitions, history in visits."""
    cursors = data / "journal" / "cursors"
    for name in ("gate", "platform"):
        (cursors / f"{name}.cursor").write_bytes(encode_cursor(0))
    figures = stat(data / "journal", realtime={"gate"}).destinations
    assert (figures["gate"].backlog, figures["platform"].backlog) == (1, 3)


def test_verify_is_content_with_a_whole_journal(data):
    """Status 0."""
    ended = command("journal", "verify", "--data-dir", data)
    assert ended.returncode == 0
    assert "nothing is damaged" in ended.stdout


def test_verify_says_what_a_flipped_byte_damaged(data):
    """Status 1, with the file, the bytes and the numbers that may be lost."""
    [segment] = segment_files(data / "journal")
    content = bytearray(segment.read_bytes())
    middle = content.index(b"\xff\xd8" + bytes([2]) * 10)  # the face picture of the second visit
    content[middle + 5] ^= 1
    segment.write_bytes(content)
    first = json.loads(command("journal", "stat", "--json", "--data-dir", data).stdout)["first_seq"]
    ended = command("journal", "verify", "--data-dir", data)
    assert ended.returncode == 1
    assert segment.name in ended.stdout
    assert f"numbers {first + 3} to {first + 3} may be lost" in ended.stdout


def test_verify_tells_programs_every_damage_with_its_place(data):
    """Offsets, numbers, cursors."""
    [segment] = segment_files(data / "journal")
    content = segment.read_bytes()
    segment.write_bytes(content[:-20])
    cursors = data / "journal" / "cursors"
    (cursors / "gate.cursor").write_bytes(b"junk")
    (cursors / "platform.cursor").write_bytes(encode_cursor(10**7))
    ended = command("journal", "verify", "--json", "--data-dir", data)
    assert ended.returncode == 1
    report = json.loads(ended.stdout)
    [told] = report["segments"]
    assert not report["is_whole"]
    assert (told["name"], told["good_records"]) == (segment.name, 5)
    [torn] = told["damaged"]
    assert torn["is_tail"]
    assert torn["end"] == len(content) - 20
    assert {row["name"]: (row["seq"], row["is_ahead"]) for row in report["cursors"]} == {
        "gate": (None, False),
        "platform": (10**7, True),
    }
    words = command("journal", "verify", "--data-dir", data).stdout
    assert "torn end, cut off at the next start" in words
    assert "cursor of gate is damaged" in words
    assert "cursor of platform is at 10000000, past the end of the journal" in words


def test_stat_tells_how_far_the_journal_reaches(data):
    """As far as the age goes, at a rate of next to nothing a day."""
    figures = json.loads(command("journal", "stat", "--json", "--data-dir", data).stdout)
    assert figures["rate_bytes_per_day"] < 1000
    assert figures["reach_days"] == 30
    assert figures["oldest_ms"] == recognition(1).recognised_ms
    assert "an event stays 30.0 days" in command("journal", "stat", "--data-dir", data).stdout


def test_show_tells_a_record_without_passwords_and_saves_its_pictures(data):
    """Bytes are told by their number; pictures are files."""
    first = json.loads(command("journal", "stat", "--json", "--data-dir", data).stdout)["first_seq"]
    ended = command("journal", "show", first, "--images", data / "pictures", "--data-dir", data)
    record = json.loads(ended.stdout)
    assert (record["seq"], record["kind"]) == (first, "recognition")
    assert record["shot"]["face_jpeg"] == "(302 bytes)"
    assert PASSWORD not in ended.stdout
    assert record["device"]["url"] == "rtsp://admin:***@192.0.2.7/ch1"
    assert (data / "pictures" / f"{first}-face.jpg").read_bytes().startswith(b"\xff\xd8\x01")


def test_a_record_that_is_not_there_is_status_1(data):
    """By its number."""
    ended = command("journal", "show", "999999", "--data-dir", data)
    assert ended.returncode == 1
    assert "no record 999999" in ended.stderr


def test_pictures_that_cannot_be_saved_are_told(data):
    """A file stands where the folder should be."""
    (data / "file").write_text("")
    first = json.loads(command("journal", "stat", "--json", "--data-dir", data).stdout)["first_seq"]
    ended = command("journal", "show", first, "--images", data / "file", "--data-dir", data)
    assert ended.returncode == 1
    assert f"{data}/file: File exists" in ended.stderr
