"""Waiting for what threads, tasks and processes do: looked at again and again; a test that waits in vain fails."""

import asyncio
import time

DEADLINE_S = 60.0
LOOK_S = 0.005


def until(condition, what="it", deadline_s=DEADLINE_S):
    """Wait for ``condition``; returns its value."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(LOOK_S)
    raise AssertionError(f"{what} did not happen within {deadline_s:g} s")


async def until_async(condition, what="it"):
    """The same while an event loop runs."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        await asyncio.sleep(LOOK_S)
    raise AssertionError(f"{what} did not happen within {DEADLINE_S:g} s")
