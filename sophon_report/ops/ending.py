"""Ending a task for certain.

Until Python 3.12 ``asyncio.wait_for`` swallows a cancellation that comes in the same turn of the loop as what it
waits for: the task goes on as if nobody had asked it to end, and whoever waits for its end waits for ever. Seen on
3.11: a service that was asked to leave just as a visit came in did not.
"""

import asyncio
from typing import Any

AGAIN_S = 0.05


async def ended(task: "asyncio.Future[Any]") -> None:
    """Return when ``task`` has ended, asked to as often as it takes; what it raises is nobody's."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_S)
    if not task.cancelled():
        task.exception()
