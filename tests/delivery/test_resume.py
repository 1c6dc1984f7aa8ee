"""A client that says what it had last gets what came after it, then new events: over real sockets and journals."""

import errno
import json
import random
import socket
import threading
from pathlib import Path

import pytest
from event_port import closed_with, event_port, is_silent, receive, resuming_port, until
from journal_events import progress
from samples import identity, recognition, shot, visit

from sophon_report.model import Match
from sophon_report.testing.crashable_files import CrashableFiles

SILENCE_S = 0.2
FOLDER = Path("/journal")


def numbered(*numbers, **changes):
    return [recognition(number, **changes) for number in numbers]


def sequence(client, count):
    return [receive(client)["seq"] for _ in range(count)]


def live(port, count=1):
    """Wait until so many clients are through with the past."""
    until(lambda: sum(bool(row.dialect) and not row.catching_up for row in port.stats().clients) == count)


class HeldDisk:
    """Holds up one kind of operation until it is let go."""

    def __init__(self, operation):
        self.operation, self.go, self.waits = operation, threading.Event(), threading.Event()
        self.armed = False

    def __call__(self, operation, _path):
        if self.armed and operation == self.operation:
            self.waits.set()
            assert self.go.wait(60)


class RefusingDisk:
    """Takes nothing more once it is told so."""

    def __init__(self):
        self.refuses = set()

    def __call__(self, operation, _path):
        return errno.EIO if operation in self.refuses else None


def test_what_came_after_is_told_in_order_and_then_what_comes(tmp_path):
    """Recognitions only; the numbers between them belong to other records."""
    with resuming_port(tmp_path / "j") as port:
        seqs = []
        for number in range(1, 31):
            seqs += port.emit(recognition(number))
            port.emit(visit(), progress(number, 1_760_000_000_000))
        port.settled()
        client = port.connect({"since": seqs[9]})
        assert sequence(client, 20) == seqs[10:]
        live(port)
        seqs += port.emit(recognition(31))
        assert sequence(client, 1) == seqs[-1:]
        assert is_silent(client, SILENCE_S)


def test_after_a_restart_the_past_is_read_from_the_disk(tmp_path):
    """The first event that is told is the first one after, byte for byte what a live client got."""
    configurations = [
        {"with_face_image": True, "with_register_image": True},
        {"need_face": True, "need_register": True},
        {"media_device_ids": ["gate"]},
    ]
    with resuming_port(tmp_path / "j") as port:
        clients = [port.connect(configuration) for configuration in configurations]
        port.emit(*numbered(1, 2, 3), *numbered(4, 5, device_id="gate"))
        told = [[receive(client) for _ in range(count)] for client, count in zip(clients, (5, 5, 2))]
        port.settled()
    assert not any("resume_gone" in event for events in told for event in events)
    with resuming_port(tmp_path / "j") as port:
        for configuration, events in zip(configurations, told):
            client = port.connect({**configuration, "since": events[0]["seq"]})
            assert [receive(client) for _ in events[1:]] == events[1:]
            everything = port.connect({**configuration, "since": 0})
            assert [receive(everything) for _ in events] == events


def test_a_client_that_had_everything_gets_new_events_only(tmp_path):
    """And nothing is said to be gone, right after the start and later."""
    with resuming_port(tmp_path / "j") as port:
        fresh = port.connect({"since": 0})
        live(port)
        (seq,) = port.emit(recognition(1))
        assert receive(fresh)["seq"] == seq
        again = port.connect({"since": seq})
        live(port, 2)
        (later,) = port.emit(recognition(2))
        for client in (fresh, again):
            event = receive(client)
            assert event["seq"] == later
            assert "resume_gone" not in event


def test_a_number_ahead_of_this_journal_says_that_the_past_is_gone(tmp_path):
    """On the first event that this client gets, and on no other; the clients beside it are told nothing of it."""
    with resuming_port(tmp_path / "j") as port:
        port.emit(*numbered(1, 2))
        beside = port.connect({})
        client = port.connect({"since": 10**9, "media_device_ids": ["gate"]})
        port.emit(*numbered(3), *numbered(4, 5, device_id="gate"))
        first, second = receive(client), receive(client)
        assert (first["event_id"][-1], first["resume_gone"]) == ("4", True)
        assert (second["event_id"][-1], "resume_gone" in second) == ("5", False)
        assert not any("resume_gone" in receive(beside) for _ in range(3))


def test_what_retention_took_is_said_to_be_gone(tmp_path):
    """The first event that is left carries the sign; who had everything that went is told nothing."""
    bounds = {"max_bytes": 128 << 10, "segment_bytes": 64 << 10}
    with resuming_port(tmp_path / "j", journal=bounds) as port:
        for number in range(1, 40):
            decided = recognition(number, shot=shot(face_jpeg=bytes(10_000)))
            port.emit(decided, visit(event_id=decided.event_id))
            port.settled()
        assert port.journal.gone_after(0)
    with resuming_port(tmp_path / "j", journal=bounds) as port:
        oldest = next(seq for seq in range(1, 100) if not port.journal.gone_after(seq))
        late, current = port.connect({"since": 3}), port.connect({"since": oldest})
        first = receive(late)
        assert first["resume_gone"] is True
        assert first["seq"] in (oldest + 1, oldest + 2)
        for event in (receive(late), receive(current)):
            assert "resume_gone" not in event


def test_an_event_is_told_before_the_disk_has_it():
    """While the disk stands still all that was shown is there for who resumes, in order, and so is the new."""
    disk = HeldDisk("fdatasync")
    with resuming_port(FOLDER, CrashableFiles(fault=disk)) as port:
        try:
            seqs = port.emit(*numbered(1, 2))
            port.settled()
            disk.armed = True
            seqs += port.emit(*numbered(3, 4))
            assert disk.waits.wait(60)
            client = port.connect({"since": seqs[0]})
            assert sequence(client, 3) == seqs[1:]
            live(port)
            seqs += port.emit(*numbered(5))
            assert sequence(client, 1) == seqs[4:]
        finally:
            disk.go.set()


def test_an_event_that_comes_during_a_read_is_neither_lost_nor_repeated():
    """It is synced while the read, which does not see it, is under way."""
    disk = HeldDisk("read")
    with resuming_port(FOLDER, CrashableFiles(fault=disk), client_buffer_bytes=64 << 10) as port:
        try:
            seqs = port.emit(*(recognition(n, shot=shot(face_jpeg=bytes(500_000))) for n in range(1, 31)))
            port.settled()  # more than the memory holds
            disk.armed = True
            client = port.connect({"since": seqs[0]})
            assert disk.waits.wait(60)
            for number in range(31, 34):
                seqs += port.emit(recognition(number))
                port.settled()
        finally:
            disk.go.set()
        assert sequence(client, len(seqs) - 1) == seqs[1:]
        assert is_silent(client, SILENCE_S)


@pytest.mark.parametrize("broken", [{"write"}, {"fdatasync"}, {"write", "create"}])
def test_a_disk_that_fails_costs_a_client_nothing_while_memory_reaches(broken):
    """What the disk does not take is told from memory, to who catches up and to who is there."""
    disk = RefusingDisk()
    with resuming_port(FOLDER, CrashableFiles(fault=disk)) as port:
        seqs = port.emit(*numbered(1, 2, 3))
        port.settled()
        disk.refuses = broken
        seqs += port.emit(*numbered(4, 5))
        client = port.connect({"since": seqs[0]})
        assert sequence(client, 4) == seqs[1:]
        live(port)
        seqs += port.emit(recognition(6))
        assert sequence(client, 1) == seqs[-1:]
        disk.refuses = set()
        port.settled()
        again = port.connect({"since": seqs[0]})
        assert [event for event in (receive(again) for _ in seqs[1:]) if "resume_gone" in event] == []


@pytest.mark.long
def test_what_the_disk_refused_for_good_is_told_in_its_turn():
    """After ten seconds of trying the record is given up; the event stays in memory, between its neighbours."""
    disk = RefusingDisk()
    with resuming_port(FOLDER, CrashableFiles(fault=disk)) as port:
        big = shot(face_jpeg=bytes(500_000))
        seqs = port.emit(*(recognition(number, shot=big) for number in range(1, 31)))
        port.settled()
        disk.refuses = {"write", "create"}
        seqs += port.emit(recognition(31))
        until(lambda: port.call(port.journal.stats).failed == 1)
        disk.refuses = set()
        seqs += port.emit(recognition(32))
        port.settled()
        client = port.connect({"since": 0})
        assert sequence(client, 32) == seqs


def test_a_past_that_the_disk_cannot_give_is_gone_and_the_present_goes_on():
    """The client is told so once; what memory has still comes."""
    disk = RefusingDisk()
    with resuming_port(FOLDER, CrashableFiles(fault=disk)) as port:
        big = shot(face_jpeg=bytes(500_000))
        seqs = port.emit(*(recognition(number, shot=big) for number in range(1, 31)))
        port.settled()
        files = port.journal._files
        for path in list(files.paths()):
            files._names.pop(path) if path.suffix == ".journal" else None
        client = port.connect({"since": 0})
        first = receive(client)
        assert first["seq"] > seqs[0]
        got = [first["seq"]]
        while got[-1] != seqs[-1]:
            event = receive(client)
            assert "resume_gone" not in event
            got.append(event["seq"])
        assert got == seqs[-len(got) :]


def test_events_without_a_number_are_not_lost_while_the_past_is_told():
    """A full disk at the start: the journal can promise no number, realtime goes on."""
    with resuming_port(FOLDER, CrashableFiles(capacity_bytes=10)) as port:
        client = port.connect({"since": 10**6})
        assert port.emit(*numbered(1, 2, 3)) == [0, 0, 0]
        events = [receive(client) for _ in range(3)]
        assert [event["event_id"][-1] for event in events] == ["1", "2", "3"]
        assert [event.get("resume_gone") for event in events] == [True, None, None]


def test_a_later_configuration_without_it_ends_the_telling_of_the_past():
    """From then on new events only, by the new wish."""
    disk = HeldDisk("read")
    with resuming_port(FOLDER, CrashableFiles(fault=disk)) as port:
        try:
            port.emit(*(recognition(n, shot=shot(face_jpeg=bytes(500_000))) for n in range(1, 31)))
            port.settled()
            disk.armed = True
            client = port.connect({"since": 1})
            assert disk.waits.wait(60)
            client.send("{}")
            live(port)
        finally:
            disk.go.set()
        (seq,) = port.emit(recognition(31))
        assert sequence(client, 1) == [seq]
        assert is_silent(client, SILENCE_S)


def test_a_later_configuration_may_ask_for_the_past_again(tmp_path):
    """As often as it likes; each time from the number it names."""
    with resuming_port(tmp_path / "j") as port:
        seqs = port.emit(*numbered(*range(1, 11)))
        client = port.connect({"since": seqs[5]})
        assert sequence(client, 4) == seqs[6:]
        client.send(json.dumps({"since": seqs[7]}))
        assert sequence(client, 2) == seqs[8:]
        live(port)
        seqs += port.emit(recognition(11))
        assert sequence(client, 1) == seqs[-1:]


def test_a_client_that_does_not_read_keeps_only_its_own_past_waiting(tmp_path):
    """More of them than may read the disk at once; another catches up, and little is kept for those."""
    with resuming_port(tmp_path / "j") as port:
        big = shot(face_jpeg=bytes(200_000))
        seqs = port.emit(*(recognition(number, shot=big) for number in range(1, 61)))
        port.settled()
        small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),)
        wish = {"since": 0, "with_face_image": True}
        stuck = [port.connect(wish, sockopt=small) for _ in range(10)]
        until(lambda: all(row.queued_bytes for row in port.stats().clients))
        other = port.connect(wish)
        assert sequence(other, 60) == seqs
        for row in port.stats().clients[:10]:
            assert row.catching_up
            assert row.queued_bytes < 1 << 20
            assert row.dropped == 0
        assert sequence(stuck[0], 60) == seqs
        for client in stuck[1:]:
            client.shutdown()


def test_a_client_that_reads_nothing_of_its_past_is_closed(tmp_path):
    """It counts as one that takes nothing any more."""
    with resuming_port(tmp_path / "j", client_stall_s=1.0) as port:
        port.emit(*(recognition(number, shot=shot(face_jpeg=bytes(500_000))) for number in range(1, 31)))
        small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),)
        stuck = port.connect({"since": 0, "with_face_image": True}, sockopt=small)
        until(lambda: port.stats().closed_stalled == 1)
        assert port.stats().clients == ()
        stuck.shutdown()


def test_coming_and_going_misses_nothing_and_repeats_nothing(tmp_path):
    """Clients that leave at random and come back with their last number have every event once, in order."""
    chance = random.Random(7)
    total, seqs = 400, []
    with resuming_port(tmp_path / "j", client_buffer_bytes=64 << 10) as port:

        def feed():
            for number in range(1, total + 1):
                seqs.extend(port.emit(recognition(number, shot=shot(face_jpeg=bytes(50_000)))))

        feeder = threading.Thread(target=feed)
        feeder.start()
        got, last = [], 0
        while len(got) < total:
            client = port.connect({"since": last, "with_face_image": chance.random() < 0.5})
            for _ in range(min(chance.randint(1, 60), total - len(got))):
                event = receive(client)
                assert "resume_gone" not in event
                got.append(event["seq"])
            last = got[-1]
            client.shutdown()
        feeder.join()
        assert got == seqs


@pytest.mark.parametrize("since", [-1, 1.5, True, "1"])
def test_a_bad_number_ends_the_session_with_its_key(tmp_path, since):
    """Close 1008, first or later."""
    with resuming_port(tmp_path / "j") as port:
        for configuration in (None, {}):
            client = port.connect(configuration)
            client.send(json.dumps({"since": since}))
            assert closed_with(client) == (1008, "since: must be a whole number, 0 or above")


def test_who_is_erased_is_not_told_any_more(tmp_path):
    """Memory forgets a person at once; the others stay in order."""
    with resuming_port(tmp_path / "j") as port:
        gone = Match(identity(identity_id="E-0009"), 90.0)
        seqs = port.emit(*numbered(1), *numbered(2, match=gone), *numbered(3))
        port.settled()
        port.call(port.server.forget, lambda event: event.match == gone)
        client = port.connect({"since": 0})
        assert sequence(client, 2) == [seqs[0], seqs[2]]


def test_without_a_journal_the_wish_is_passed_over():
    """The stream begins with what comes."""
    with event_port() as port:
        client = port.connect({"since": 0})
        port.publish(recognition(1))
        assert sequence(client, 1) == [1]
