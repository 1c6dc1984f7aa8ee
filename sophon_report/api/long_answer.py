"""Answers that take long to write down: made in a thread, so that realtime events wait for none."""

import asyncio
from concurrent.futures import Executor
from typing import Any, Callable

import orjson
from aiohttp import web


async def long_answer(threads: Executor, make: Callable[[], Any]) -> web.Response:
    """The answer with what ``make`` returns as JSON; both are done in one of ``threads``."""
    body = await asyncio.get_running_loop().run_in_executor(threads, lambda: orjson.dumps(make()))
    return web.Response(body=body, content_type="application/json")


def jpeg_answer(picture: bytes) -> web.Response:
    """The answer that is a picture."""
    return web.Response(body=picture, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})
