"""What a receiver says: read to a bound, so that none can hurt the sender, and kept as a text for people."""

import asyncio
from typing import Iterable, Tuple
from urllib.parse import unquote

import aiohttp

from sophon_report.model import url_secrets

MAX_ANSWER_BYTES = 64 << 10
MAX_ANSWER_S = 1.0
MAX_TEXT = 2048
"""Characters kept, read from so many bytes."""
MIN_SECRET = 6
"""Shorter values are no secrets, and are found in any text."""


async def read_answer(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of a short answer's body, read to its end, so that the connection stays.

    For any other answer the connection is dropped: one that is longer than :data:`MAX_ANSWER_BYTES`, takes longer
    than :data:`MAX_ANSWER_S` or breaks off. What had come until then is returned.
    """
    content = response.content
    if content.is_eof():  # came with its status line, as short answers do
        return content.read_nowait(MAX_TEXT)
    timer = asyncio.get_running_loop().call_later(MAX_ANSWER_S, response.close)
    begun, read = b"", 0
    try:
        while not content.at_eof() and read <= MAX_ANSWER_BYTES:
            piece = await content.readany()
            read += len(piece)
            begun += piece[: MAX_TEXT - len(begun)]
        if read > MAX_ANSWER_BYTES:
            response.close()
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError):
        response.close()
    finally:
        timer.cancel()
    return begun


def secrets_of(headers: Iterable[Tuple[str, str]], url: str = "") -> Tuple[str, ...]:
    """What must not be shown of ``headers`` and ``url``, longest first: a receiver may repeat what it was sent."""
    parts = {part for _, value in headers for part in (value, *value.split())}
    parts.update(part for value in url_secrets(url) for part in (value, unquote(value)))
    return tuple(sorted((part for part in parts if len(part) >= MIN_SECRET), key=len, reverse=True))


def readable(body: bytes, charset: str = "utf-8", secrets: Iterable[str] = ()) -> str:
    """``body`` as one line of text: what is no character, or controls a terminal, is replaced.

    Args:
        body: the beginning of an answer.
        charset: as the receiver calls it.
        secrets: shown as ``***``.
    """
    try:
        text = body.decode(charset, "replace")
    except (LookupError, ValueError):
        text = body.decode("utf-8", "replace")
    for secret in secrets:
        text = text.replace(secret, "***")
    if not text.isprintable():
        text = "".join(_shown(letter) for letter in text).strip()
    return text[:MAX_TEXT]


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    return " " if letter.isspace() else "\ufffd"
