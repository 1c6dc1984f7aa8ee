"""A service that was asked to leave just as a visit came in went on for ever.

``wait_for`` of Python 3.8 to 3.11 swallows a cancellation that comes together with what it waits for.
"""

import asyncio

from sophon_report.ops.ending import ended


def test_a_task_that_swallows_a_cancellation_is_asked_again():
    """As ``wait_for`` does when both come in one turn of the loop."""

    async def story():
        swallowed = asyncio.Event()

        async def work():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.set()
            await asyncio.Event().wait()

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        await asyncio.wait_for(ended(task), 30)
        assert swallowed.is_set()
        assert task.cancelled()

    asyncio.run(story())


def test_what_came_together_with_the_cancellation_does_not_keep_a_task():
    """The loop of a follower: it waits for news a while, looks, and waits again."""

    async def story():
        news = asyncio.Event()

        async def follow():
            while True:
                await asyncio.wait_for(news.wait(), 30)
                news.clear()

        task = asyncio.ensure_future(follow())
        for _ in range(3):
            await asyncio.sleep(0)
        news.set()
        await asyncio.sleep(0)  # what waits has its news, who waits for it does not know yet
        await asyncio.wait_for(ended(task), 30)
        assert task.cancelled()

    asyncio.run(story())
