"""Changes of one kind: stored in a thread, applied in order, done to the end, bounded."""

import asyncio
import threading

import pytest

from sophon_report.errors import BadInput, Unavailable
from sophon_report.report.shelf import Lane
from sophon_report.report.turn import Turn


def run(story, **given):
    async def told():
        lane = Lane("test")
        turn = Turn(lane, **given)
        try:
            return await story(turn) if not given else (await story(turn), lane.refused)
        finally:
            await turn.stop()
            await lane.stop()

    return asyncio.run(told())


def test_each_is_applied_before_the_next_is_stored():
    """Also when applying takes its time; storing is done beside the event loop."""
    done = []

    async def story(turn):
        here = threading.get_ident()

        def store(number):
            assert threading.get_ident() != here
            done.append(("stored", number))
            return number

        async def apply(number):
            await asyncio.sleep(0)
            assert threading.get_ident() == here
            done.append(("applied", number))

        return await asyncio.gather(
            *(turn.change(lambda number=number: store(number), apply) for number in range(5))
        )

    assert run(story) == [0, 1, 2, 3, 4]
    assert done == [(what, number) for number in range(5) for what in ("stored", "applied")]


def test_what_cannot_be_stored_is_not_applied_and_the_next_goes_on():
    """Who asked is told why."""
    applied = []

    async def apply(value):
        applied.append(value)

    def refuse():
        raise BadInput("no")

    async def story(turn):
        with pytest.raises(BadInput):
            await turn.change(refuse, apply)
        await turn.change(lambda: 1, apply)

    run(story)
    assert applied == [1]


def test_what_is_stored_is_applied_also_when_nobody_waits_any_more():
    """A client that goes away leaves no half change."""
    applied = []

    async def apply(value):
        applied.append(value)

    async def story(turn):
        begun, go_on = threading.Event(), threading.Event()

        def store():
            begun.set()
            go_on.wait()
            return 1

        asking = asyncio.ensure_future(turn.change(store, apply))
        await asyncio.get_running_loop().run_in_executor(None, begun.wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        go_on.set()
        await turn.stop()

    run(story)
    assert applied == [1]


def test_one_too_many_is_refused_and_counted():
    """The others are done."""

    async def apply(_value):
        pass

    async def story(turn):
        go_on = threading.Event()
        waiting = [asyncio.ensure_future(turn.change(go_on.wait, apply)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await turn.change(go_on.wait, apply)
        go_on.set()
        return await asyncio.gather(*waiting)

    assert run(story, max_waiting=2) == ([True, True], 1)
