"""The thread that people are changed in: in order, bounded, done to the end."""

import asyncio
import contextlib
import threading

import pytest

from sophon_report.errors import BadInput, Unavailable
from sophon_report.report.shelf import Lane, open_shelf


def run(story, **given):
    async def told():
        lane = Lane("test", **given)
        try:
            return await story(lane)
        finally:
            await lane.stop()

    return asyncio.run(told())


def test_things_are_done_one_after_the_other_in_the_order_asked_for():
    """By one thread, which is not the event loop's; each asker gets its own answer or error."""
    done = []

    def note(number):
        done.append((number, threading.current_thread().name))
        if number == 5:
            raise BadInput("five")
        return number

    async def story(lane):
        return await asyncio.gather(
            *(lane.do(lambda number=number: note(number)) for number in range(10)), return_exceptions=True
        )

    answers = run(story)
    assert [answer for answer in answers if not isinstance(answer, BadInput)] == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert [number for number, _ in done] == list(range(10))
    assert {name for _, name in done} == {"test_0"}


def test_when_too_much_waits_more_is_refused_and_counted():
    """There is room again when something was done."""

    async def story(lane):
        go_on = threading.Event()
        waiting = [asyncio.ensure_future(lane.do(go_on.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="too much waits"):
            await lane.do(int)
        go_on.set()
        await asyncio.gather(*waiting)
        assert await lane.do(int) == 0
        assert lane.refused == 1

    run(story, max_waiting=3)


def test_what_was_begun_is_done_though_nobody_waits_for_it(tmp_path):
    """Whoever hangs up leaves no half change; what was begun ends before the file closes."""

    async def story():
        begun, go_on, done = threading.Event(), threading.Event(), []

        def act(shelf):
            begun.set()
            go_on.wait()
            done.append(shelf.people.count())

        async with contextlib.AsyncExitStack() as stack:
            shelf = open_shelf(tmp_path / "store.sqlite", "test", stack)
            asked = asyncio.ensure_future(shelf.do(lambda: act(shelf)))
            await asyncio.get_running_loop().run_in_executor(None, begun.wait)
            asked.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asked
            assert done == []
            go_on.set()
        assert done == [0]

    asyncio.run(story())
