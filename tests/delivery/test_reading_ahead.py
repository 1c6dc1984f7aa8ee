"""A worker of the journal reads the next round while it is at one, and misses nothing by it."""

import asyncio

from memory_log import MemoryLog, visit
from waiting import until_async

from sophon_report.delivery.journal import Sealed
from sophon_report.delivery.journal_worker import READ_RECORDS, JournalWorker
from sophon_report.errors import JournalError
from sophon_report.model import Record


class Log(MemoryLog):
    """Notes from where it is read, and reads by a script before it reads as usual."""

    def __init__(self, records, **script):
        super().__init__()
        self.read_after, self.script = [], {int(key[1:]): list(steps) for key, steps in script.items()}
        for number in range(records):
            self.add(visit(str(number)))

    async def read_sealed(self, after_seq, limit, max_bytes):
        self.read_after.append(after_seq)
        steps = self.script.get(after_seq)
        if steps:
            return steps.pop(0)()
        return await super().read_sealed(after_seq, limit, max_bytes)


class Follower(JournalWorker):
    """Deals with a record once it is let."""

    def __init__(self, log):
        super().__init__("follower", log, rest_s=0.0)
        self.dealt, self.failures = [0], []
        self.let = asyncio.Event()

    def position(self):
        return self.dealt[-1]

    async def _deal(self, record):
        await self.let.wait()
        self.dealt.append(record.seq)
        return True

    def _nothing_left(self, next_look_s):
        pass

    def _failed(self, reason, rest_s):
        self.failures.append(reason)


def follow(log_of, scenario):
    """Have ``scenario`` done beside a worker."""

    async def run():
        log = log_of()
        follower = Follower(log)
        follower.start()
        try:
            await scenario(log, follower)
        finally:
            await follower.stop(0.1)

    asyncio.run(run())


def everything(log, follower):
    return until_async(lambda: follower.position() == log.last_seq)


def test_the_next_round_is_read_while_the_first_waits():
    """A backlog: the disk is asked before the receiver has answered, once and no further."""

    async def scenario(log, follower):
        await until_async(lambda: len(log.read_after) == 2)
        assert follower.position() == 0
        follower.let.set()
        await everything(log, follower)
        assert follower.dealt == list(range(3 * READ_RECORDS + 1))
        await until_async(lambda: log.read_after == [0, READ_RECORDS, 2 * READ_RECORDS, 3 * READ_RECORDS])

    follow(lambda: Log(3 * READ_RECORDS), scenario)


def test_what_comes_after_a_look_ahead_that_found_nothing_is_dealt_with():
    """The numbers behind the first round are damaged; one that comes meanwhile is not taken for looked at."""

    async def scenario(log, follower):
        await until_async(lambda: len(log.read_after) == 2)
        log.add(visit("late"))
        follower.let.set()
        await everything(log, follower)

    def damaged():
        return []

    follow(lambda: Log(READ_RECORDS + 1, **{f"_{READ_RECORDS}": [damaged]}), scenario)


def test_a_round_that_could_not_be_read_ahead_is_read_again():
    """The error costs a rest, no record."""

    def fail():
        raise JournalError("the disk says no")

    async def scenario(log, follower):
        follower.let.set()
        await everything(log, follower)
        assert follower.dealt == list(range(2 * READ_RECORDS + 1))

    follow(lambda: Log(2 * READ_RECORDS, **{f"_{READ_RECORDS}": [fail]}), scenario)


def test_a_worker_that_leaves_forgets_what_it_read_ahead():
    """Nothing is left running, and nothing complains."""

    async def scenario(log, follower):
        await until_async(lambda: len(log.read_after) == 2)
        await follower.stop(0.0)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    follow(lambda: Log(2 * READ_RECORDS), scenario)


def test_a_round_of_damaged_records_alone_is_passed_once():
    """Nobody waits for them, and the place moves with the next whole one."""
    damaged = [Sealed(seq, lambda: None) for seq in (1, 2)]

    async def scenario(log, follower):
        follower.let.set()
        await everything(log, follower)
        assert follower.dealt == [0, 3, 4]
        assert log.read_after.count(0) == 1

    follow(lambda: Log(4, _0=[lambda: damaged]), scenario)


def test_a_record_is_opened_before_its_turn_and_once():
    """While the one before it is under way; one that nobody comes to is not opened."""
    opened = []

    def sealed(seq):
        def look():
            opened.append(seq)
            return Record(seq, visit(str(seq)))

        return Sealed(seq, look)

    async def scenario(log, follower):
        await until_async(lambda: opened == [1, 2])
        follower.let.set()
        await everything(log, follower)
        assert opened == follower.dealt[1:] == [1, 2, 3]

    follow(lambda: Log(3, _0=[lambda: [sealed(seq) for seq in (1, 2, 3)]]), scenario)


def test_a_record_that_cannot_be_opened_is_told_in_its_turn():
    """An early look that fails is forgotten; the rest it causes comes once its turn has come."""
    failing = [RuntimeError("early"), JournalError("in its turn")]

    def second():
        if failing:
            raise failing.pop(0)
        return Record(2, visit("2"))

    async def scenario(log, follower):
        await until_async(lambda: len(failing) == 1)
        assert follower.failures == []
        follower.let.set()
        await everything(log, follower)
        assert follower.failures == ["in its turn"]

    first = Sealed(1, lambda: Record(1, visit("1")))
    follow(lambda: Log(2, _0=[lambda: [first, Sealed(2, second)]]), scenario)
