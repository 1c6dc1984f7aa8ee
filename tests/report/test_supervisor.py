"""The supervisor: vision comes back however it ended."""

import asyncio
import os
import signal

from waiting import until_async

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
