"""The dead letters of all destinations, as the event loop uses them."""

import asyncio
import threading

from memory_log import visit

from sophon_report.delivery.dead_letter_office import DeadLetterOffice
from sophon_report.delivery.dead_letters import Bounds
from sophon_report.delivery.journal import RealFiles
from sophon_report.delivery.letter import letter_of

REFUSED = {"reason": "HTTP 400", "status": 400, "answer": "no", "attempts": 5, "now_ms": 1}


class WatchedFiles(RealFiles):
    """Notes which threads come to the disk."""

    def __init__(self):
        self.threads = set()

    def __getattribute__(self, name):
        if not name.startswith("_") and name != "threads":
            self.threads.add(threading.get_ident())
        return super().__getattribute__(name)


def test_no_look_at_the_disk_holds_up_the_event_loop(tmp_path):
    """Whatever is done with a thousand letters, another thread waits for the disk."""

    async def scenario():
        files = WatchedFiles()
        office = DeadLetterOffice(tmp_path, Bounds(), files)
        await office.open("platform")
        loop = asyncio.get_running_loop()
        for seq in range(1, 1001):
            letter = letter_of(seq, visit(str(seq)), **REFUSED)
            await loop.run_in_executor(None, office.of("platform").add, letter, visit(str(seq)))
        assert await office.names() == {"platform"}
        assert len(await office.entries("platform")) == 1000
        assert await office.resend("platform", ["7", "8"]) == 2
        assert office.of("platform").next_to_resend() == 7
        assert await office.give_up("platform", ["9"]) == 1
        assert await office.erase(lambda event: event.event_id == "11") == 1
        assert (office.of("platform").count, office.of("platform").resending) == (998, 2)
        again = DeadLetterOffice(tmp_path, Bounds(), files)
        await again.open("platform")
        assert again.of("platform").count == 998
        assert threading.get_ident() not in files.threads

    asyncio.run(scenario())


def test_erasing_reaches_every_destination(tmp_path):
    """Each has letters of its own."""

    async def scenario():
        office = DeadLetterOffice(tmp_path, Bounds())
        for name in ("a", "b"):
            await office.open(name)
            for seq, person in ((1, "E-1"), (2, "E-2")):
                office.of(name).add(letter_of(seq, visit(str(seq), person), **REFUSED), visit(str(seq), person))
        assert await office.erase(lambda event: event.match.identity.identity_id == "E-1") == 2
        assert [office.of(name).count for name in ("a", "b")] == [1, 1]
        assert all(b"E-1" not in file.read_bytes() for file in tmp_path.rglob("*.letter"))

    asyncio.run(scenario())


def test_erasing_finds_the_letters_of_who_is_served_no_more(tmp_path):
    """The disk refused to remove them with their destination."""

    async def scenario():
        before = DeadLetterOffice(tmp_path, Bounds())
        await before.open("removed")
        for seq, person in ((1, "E-1"), (2, "E-2")):
            before.of("removed").add(letter_of(seq, visit(str(seq), person), **REFUSED), visit(str(seq), person))
        office = DeadLetterOffice(tmp_path, Bounds())
        assert await office.erase(lambda event: event.match.identity.identity_id == "E-1") == 1
        assert [letter.event_id for letter in await office.entries("removed")] == ["2"]

    asyncio.run(scenario())
