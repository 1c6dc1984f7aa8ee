"""The supervisor: vision comes back however it ended."""

import asyncio
import os
import signal

from waiting import DEADLINE_S, until_async

from sophon_report.link.messages import LEFT_FOR_DEVICE, LEFT_FOR_GOOD
from sophon_report.report.supervisor import LONGEST_PAUSE_S, Supervisor, describe_end, pause_s


def test_a_killed_child_is_started_again_and_leaves_when_asked():
    """A kill -9 leads to another process; stop leaves none."""

    async def story():
        supervisor = Supervisor(["-c", "import time; time.sleep(600)"])
        supervisor.start()
        await until_async(lambda: supervisor.stats().pid)
        first = supervisor.stats().pid
        os.kill(first, signal.SIGKILL)
        await until_async(lambda: supervisor.stats().pid not in (None, first))
        assert supervisor.stats().starts == 2
        assert supervisor.stats().last_end == "killed by SIGKILL"
        await supervisor.stop()
        assert supervisor.stats().pid is None

    asyncio.run(story())


def test_leaving_with_status_0_is_a_failure_too():
    """A native library may call exit(0)."""

    async def story():
        supervisor = Supervisor(["-c", "pass"])
        supervisor.start()
        await until_async(lambda: supervisor.stats().starts >= 2)
        assert supervisor.stats().last_end == "exit status 0"
        await supervisor.stop()

    asyncio.run(story())


def test_pauses_grow_and_are_bounded():
    """A vision that cannot start must not eat the processor."""
    assert [pause_s(failures) for failures in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert pause_s(50) == LONGEST_PAUSE_S


def test_ends_are_told_in_words():
    """A number alone helps nobody."""
    assert describe_end(3) == "exit status 3"
    assert describe_end(-11) == "killed by SIGSEGV"


def test_a_vision_that_left_for_a_device_is_started_again_without_a_pause():
    """However often: the device is held back instead, and the other cameras do not wait."""

    async def story():
        supervisor = Supervisor(["-c", f"import os; os._exit({LEFT_FOR_DEVICE})"])
        supervisor.start()
        await until_async(lambda: supervisor.stats().starts >= 8)
        assert supervisor.stats().last_end == "it left since a device hung"
        await supervisor.stop()

    asyncio.run(story())
    assert sum(pause_s(failures) for failures in range(1, 8)) > DEADLINE_S


def test_a_chip_that_computes_nothing_is_not_started_again_and_again():
    """Nobody can be held back for it: the pauses grow."""

    async def story():
        supervisor = Supervisor(["-c", f"import os; os._exit({LEFT_FOR_GOOD})"])
        began_s = asyncio.get_running_loop().time()
        supervisor.start()
        await until_async(lambda: supervisor.stats().starts >= 3)
        assert asyncio.get_running_loop().time() - began_s >= pause_s(1) + pause_s(2)
        assert supervisor.stats().last_end == "it left since it could not go on"
        await supervisor.stop()

    asyncio.run(story())
