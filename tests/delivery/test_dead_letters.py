"""Refused events on the disk: kept whole, within bounds, until they are sent again or given up."""

import errno

import pytest
from memory_log import recognition, visit
from structlog.testing import capture_logs

from sophon_report.delivery import dead_folder
from sophon_report.delivery.dead_letters import Bounds, DeadLetters
from sophon_report.delivery.journal import RealFiles
from sophon_report.delivery.letter import letter_of
from sophon_report.errors import BadInput, BadMessage, NotFound
from sophon_report.testing import CrashableFiles


def letter(seq, event=None, **changes):
    values = {
        "reason": "HTTP 400",
        "status": 400,
        "answer": "no such field",
        "attempts": 5,
        "now_ms": 1_760_000_009_000,
    }
    return letter_of(seq, event or visit(f"event-{seq}"), **{**values, **changes})


def add(letters, *seqs, **changes):
    for seq in seqs:
        assert letters.add(letter(seq, **changes), visit(f"event-{seq}"))


def seqs(letters):
    return [each.seq for each in letters.entries()]


@pytest.mark.parametrize("event", [visit("17"), recognition("17"), visit("17", person=None)])
def test_a_letter_holds_the_event_itself(tmp_path, event):
    """With its pictures: the journal may have let go of it. The camera's password is not in it."""
    DeadLetters(tmp_path, "platform").add(letter(3, event), event)
    kept, again = DeadLetters(tmp_path, "platform").read(3)
    assert kept == letter(3, event)
    assert again.shot == event.shot
    assert again.match == event.match
    assert again.device.url == "rtsp://user:***@10.0.0.21/ch1"


def test_letters_are_there_after_a_restart(tmp_path):
    """What was set aside is read back, in order, with its count and size."""
    first = DeadLetters(tmp_path, "platform")
    add(first, 9, 3)
    again = DeadLetters(tmp_path, "platform")
    assert again.entries() == [letter(3), letter(9)]
    assert (again.count, again.dropped, again.size_bytes) == (2, 0, first.size_bytes)


def test_a_letter_tells_what_it_is_about_without_the_person():
    """Device, time, kind of person, reason and answer: neither name nor id of anybody."""
    told = repr(letter(3))
    assert "front door" in told
    assert "employee" in told
    assert "no such field" in told
    assert "E-0001" not in told
    assert "王芳" not in told


def test_long_texts_are_cut_to_the_head_s_bound(tmp_path):
    """A receiver's endless answer, also one of characters of four bytes, leaves a letter that can be read."""
    letters = DeadLetters(tmp_path, "platform")
    assert letters.add(letter(1, answer="😀" * 9999, reason="x" * 9999), visit("1"))
    (kept,) = letters.entries()
    assert kept.answer == "😀" * 512
    assert len(kept.reason) == 1024


def test_files_are_open_to_their_owner_only(tmp_path):
    """They hold faces."""
    add(DeadLetters(tmp_path / "dead", "platform"), 1)
    (file,) = (tmp_path / "dead" / "platform").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_over_the_greatest_number_the_oldest_go_and_are_counted(tmp_path):
    """The folder never passes its bound; what went is known."""
    letters = DeadLetters(tmp_path, "platform", bounds=Bounds(letters=3))
    add(letters, 1, 2, 3, 4, 5)
    assert seqs(letters) == [3, 4, 5]
    assert (letters.count, letters.dropped) == (3, 2)


def test_over_the_bytes_the_oldest_go_and_are_counted(tmp_path):
    """The same for bytes."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1)
    one_bytes = letters.size_bytes
    letters = DeadLetters(tmp_path, "platform", bounds=Bounds(size_bytes=3 * one_bytes + 9))
    add(letters, 2, 3, 4, 5)
    assert seqs(letters) == [3, 4, 5]
    assert sum(file.stat().st_size for file in (tmp_path / "platform").iterdir()) == letters.size_bytes


def test_a_letter_above_the_bound_for_all_costs_no_other(tmp_path):
    """It goes itself, counted."""
    letters = DeadLetters(tmp_path, "platform", bounds=Bounds(size_bytes=3000))
    add(letters, 1)
    large = visit("2", post_action="x" * 3000)
    assert not letters.add(letter(2, large), large)
    assert (seqs(letters), letters.dropped) == ([1], 1)


def test_on_a_full_disk_the_oldest_make_room(tmp_path):
    """One refused event more never waits for the disk."""
    files = CrashableFiles()
    letters = DeadLetters(tmp_path, "platform", files=files)
    add(letters, 1, 2, 3)
    files.capacity_bytes = files.used_bytes + 20
    add(letters, 4)
    assert seqs(letters) == [2, 3, 4]
    assert letters.dropped == 1
    assert not [path for path in files.paths() if path.suffix == ".tmp"]


def test_the_disk_s_reserve_stays_free(tmp_path):
    """The oldest go for it."""
    files = CrashableFiles()
    reserve_bytes = 0
    letters = DeadLetters(tmp_path, "platform", files=files, bounds=Bounds(reserve_bytes=lambda: reserve_bytes))
    add(letters, 1, 2, 3)
    files.capacity_bytes, reserve_bytes = files.used_bytes + 50_000, 50_000
    add(letters, 4)
    assert seqs(letters) == [2, 3, 4]
    assert files.free_bytes(tmp_path) >= reserve_bytes


def test_when_nothing_helps_the_letters_that_are_there_stay(tmp_path):
    """Another program filled the disk: letting all go would not give the reserve back."""
    files = CrashableFiles(capacity_bytes=100_000)
    reserve_bytes = 0
    letters = DeadLetters(tmp_path, "platform", files=files, bounds=Bounds(reserve_bytes=lambda: reserve_bytes))
    add(letters, 1, 2)
    reserve_bytes = 1 << 30
    assert not letters.add(letter(3), visit("event-3"))
    assert seqs(letters) == [1, 2]
    assert letters.dropped == 1


@pytest.mark.parametrize("place", [0, 10, 25, 40, -1])
def test_a_damaged_letter_is_told_and_costs_only_itself(tmp_path, place):
    """A flipped bit anywhere: it is listed as damaged or cannot be read, and goes when it is given up."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1, 2)
    path = dead_folder.path_of(tmp_path / "platform", 1)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadMessage, match="dead letter 1"):
        letters.read(1)
    assert letters.entries()[0].damaged or place == -1
    assert letters.entries()[1] == letter(2)
    assert letters.give_up([1]) == 1
    assert seqs(letters) == [2]


def test_a_damaged_letter_is_told_of_once(tmp_path):
    """A page that looks every second fills no log."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1, 2)
    dead_folder.path_of(tmp_path / "platform", 1).write_bytes(b"broken")
    with capture_logs() as told:
        for _ in range(3):
            assert [each.damaged for each in letters.entries()] == [True, False]
    assert [(line["event"], line["seq"]) for line in told] == [("dead_letter_damaged", 1)]


@pytest.mark.parametrize("length", [0, 31, 32, 60, -1])
def test_a_cut_letter_is_damaged(tmp_path, length):
    """At any length."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1)
    path = dead_folder.path_of(tmp_path / "platform", 1)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BadMessage):
        DeadLetters(tmp_path, "platform").read(1)


@pytest.mark.parametrize("name", ["..", ".", "../x", "a/b", "", ".hidden", "x" * 129, "a\n"])
def test_a_name_cannot_leave_its_folder(tmp_path, name):
    """What is no plain file name is refused."""
    with pytest.raises(BadInput):
        DeadLetters(tmp_path / "dead", name)


def test_foreign_files_are_no_letters(tmp_path):
    """They are not listed, and a start removes what a cut left half written."""
    add(DeadLetters(tmp_path, "platform"), 1)
    half = tmp_path / "platform" / "00000000000000000002.letter.tmp"
    half.write_bytes(b"half")
    letters = DeadLetters(tmp_path, "platform")
    assert seqs(letters) == [1]
    assert not half.exists()


def test_ids_are_numbers_of_records_or_ids_of_events(tmp_path):
    """Each letter once, however often it is named; one that is unknown is named and nothing is done."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1, 2, 3)
    assert letters.find(["3", "event-1", "event-3"]) == [1, 3]
    with pytest.raises(NotFound, match=r"event-9, 77$"):
        letters.find(["1", "event-9", "77"])


def test_a_wish_to_send_again_survives_a_restart(tmp_path):
    """By number or all; the oldest first."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1, 2, 3)
    assert letters.resend([3, 2, 99]) == 2
    again = DeadLetters(tmp_path, "platform")
    assert (again.count, again.resending, again.next_to_resend()) == (3, 2, 2)
    assert [each.resending for each in again.entries()] == [False, True, True]
    assert again.resend() == 3


def test_a_letter_refused_again_says_why_now(tmp_path):
    """It no longer waits to be sent, has the newest words, and is there once."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1, 2)
    letters.resend()
    letters.refused(letter(1, status=413, reason="HTTP 413", attempts=6), visit("event-1"))
    first, second = DeadLetters(tmp_path, "platform").entries()
    assert (first.reason, first.attempts, first.resending) == ("HTTP 413", 6, False)
    assert second.resending


def test_a_letter_that_went_meanwhile_does_not_come_back(tmp_path):
    """Given up, or its person erased, while it was on its way to the receiver."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1)
    letters.resend()
    letters.give_up()
    letters.refused(letter(1), visit("event-1"))
    letters.not_resent(1)
    assert DeadLetters(tmp_path, "platform").entries() == []


def test_an_event_refused_twice_is_one_letter(tmp_path):
    """After a lost cursor the same event is delivered, and set aside, again."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1)
    letters.resend()
    add(letters, 1)
    assert (letters.count, letters.resending) == (1, 0)
    assert len(list((tmp_path / "platform").iterdir())) == 1


def test_erasing_a_person_takes_their_letters_and_what_cannot_be_read(tmp_path):
    """Nobody can say whose a damaged letter is. The others stay."""
    letters = DeadLetters(tmp_path, "platform")
    for seq, person in enumerate(["E-1", "E-2", None, "E-1", "E-3"], start=1):
        event = visit(f"event-{seq}", person=person)
        assert letters.add(letter(seq, event), event)
    letters.resend([4])
    dead_folder.path_of(tmp_path / "platform", 5).write_bytes(b"broken")
    gone = letters.erase(lambda event: bool(event.match.identity) and event.match.identity.identity_id == "E-1")
    assert gone == 3
    assert seqs(DeadLetters(tmp_path, "platform")) == [2, 3]
    assert all(b"E-1" not in file.read_bytes() for file in (tmp_path / "platform").iterdir())


def test_erasing_goes_by_what_is_on_the_disk(tmp_path):
    """A letter that got its name in the very moment of an error is not remembered, and is erased all the same."""
    letters = DeadLetters(tmp_path, "platform")
    add(DeadLetters(tmp_path, "platform"), 1)
    assert letters.count == 0
    assert letters.erase(lambda _: True) == 1
    assert list((tmp_path / "platform").iterdir()) == []


def test_a_full_disk_without_letters_costs_the_new_one(tmp_path):
    """Not even its folder can be made; the line goes on."""

    class FullFiles(RealFiles):
        def make_dir(self, path):
            raise OSError(errno.ENOSPC, "no space left on device")

    letters = DeadLetters(tmp_path, "platform", files=FullFiles())
    assert not letters.add(letter(1), visit("event-1"))
    assert letters.dropped == 1


def test_a_disk_that_is_broken_is_said(tmp_path):
    """The worker waits and tries again: nothing is passed over in silence."""
    files = CrashableFiles(fault=lambda operation, _: errno.EIO if operation == "fdatasync" else None)
    letters = DeadLetters(tmp_path, "platform", files=files)
    with pytest.raises(OSError, match="EIO"):
        letters.add(letter(1), visit("event-1"))
    assert (letters.count, files.paths()) == (0, [])


def test_a_folder_that_cannot_be_read_keeps_no_service_from_starting(tmp_path):
    """It is told; new letters are kept as far as the disk takes them."""
    (tmp_path / "platform").mkdir()

    class BlindFiles(RealFiles):
        def list(self, directory):
            raise OSError(errno.EIO, "input/output error")

    letters = DeadLetters(tmp_path, "platform", files=BlindFiles())
    add(letters, 1)
    assert DeadLetters(tmp_path, "platform").count == 1


def test_a_removed_list_is_empty_and_stays_so(tmp_path):
    """Removing twice is no error; what a worker still wanted to add is not kept."""
    letters = DeadLetters(tmp_path, "platform")
    add(letters, 1)
    assert (letters.remove(), letters.remove()) == (1, 0)
    assert not letters.add(letter(2), visit("event-2"))
    assert (letters.entries(), letters.count) == ([], 0)
    assert list(tmp_path.iterdir()) == []


def test_looking_changes_nothing_and_knows_every_destination(tmp_path):
    """A command looks while the service writes: what is half written stays."""
    for name in ("b", "a"):
        add(DeadLetters(tmp_path, name), 1)
    half = tmp_path / "a" / "00000000000000000002.letter.tmp"
    half.write_bytes(b"half")
    assert dead_folder.destinations(RealFiles(), tmp_path) == ["a", "b"]
    assert dead_folder.entries(RealFiles(), tmp_path / "a") == [letter(1)]
    assert dead_folder.entries(RealFiles(), tmp_path / "nobody") == []
    assert half.exists()


def test_a_list_of_heads_reads_no_picture(tmp_path):
    """However large the events are."""
    read = []

    class Watched(RealFiles):
        def open_read(self, path):
            file = super().open_read(path)
            read_at = file.read_at
            file.read_at = lambda offset, size: read.append(len(data := read_at(offset, size))) or data
            return file

    event = visit("1", shot=visit().shot.__class__(**{**vars(visit().shot), "scene_jpeg": bytes(1 << 20)}))
    letters = DeadLetters(tmp_path, "platform", files=Watched())
    assert letters.add(letter(1, event), event)
    assert letters.entries() == [letter(1, event)]
    assert max(read) <= 9 << 10
