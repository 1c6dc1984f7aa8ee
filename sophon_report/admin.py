"""Calls to a running service through the Unix socket of its data folder."""

import asyncio
import json
from typing import Any, Dict, Optional, Tuple

import aiohttp

from sophon_report.errors import BadInput, Unavailable
from sophon_report.ops.data_dir import DataDir

TIMEOUT_S = 60.0


class Admin:
    """A client of the service on ``place``; use as an async context.

    Args:
        place: of the service.
        timeout_s: how long an answer may take.
    """

    def __init__(self, place: DataDir, timeout_s: float = TIMEOUT_S) -> None:
        self._place, self._timeout_s = place, timeout_s
        self._session: Optional[aiohttp.ClientSession] = None

    async def __aenter__(self) -> "Admin":
        connector = aiohttp.UnixConnector(path=str(self._place.admin_socket))
        timeout = aiohttp.ClientTimeout(total=self._timeout_s)
        self._session = aiohttp.ClientSession("http://service", connector=connector, timeout=timeout)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def get(self, path: str) -> Dict[str, Any]:
        """Answer of ``path``.

        Raises:
            Unavailable: no service answers, or it cannot do it now.
            BadInput: it refuses, with its words.
        """
        return await self._call("GET", path, {}, b"")

    async def post(self, path: str, query: Dict[str, str], body: bytes) -> Dict[str, Any]:
        """Answer to ``body``; raises as :meth:`get`."""
        return await self._call("POST", path, query, body)

    async def post_json(self, path: str, values: Dict[str, Any]) -> Dict[str, Any]:
        """Answer to a JSON object; raises as :meth:`get`."""
        return await self._call("POST", path, {}, json.dumps(values).encode(), "application/json")

    async def delete(self, path: str, values: Dict[str, Any]) -> Dict[str, Any]:
        """Answer to the wish to remove what ``values`` name; raises as :meth:`get`."""
        return await self._call("DELETE", path, {}, json.dumps(values).encode(), "application/json")

    async def health(self) -> Tuple[bool, Tuple[str, ...]]:
        """Whether the service does its work, and what is amiss.

        Raises:
            Unavailable: no service answers.
        """
        assert self._session is not None
        try:
            async with self._session.get("/healthz") as reply:
                answer: Dict[str, Any] = await reply.json()
                return reply.status == 200, tuple(answer["reasons"])
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, KeyError) as error:
            raise Unavailable(f"the service on {self._place.root} does not answer: {self._why(error)}") from error

    def _why(self, error: Exception) -> str:
        late = f"nothing came within {self._timeout_s:g} s"
        return late if isinstance(error, asyncio.TimeoutError) else str(error)

    async def _call(
        self, method: str, path: str, query: Dict[str, str], body: bytes, content_type: Optional[str] = None
    ) -> Dict[str, Any]:
        assert self._session is not None
        headers = {"Content-Type": content_type} if content_type else None
        try:
            async with self._session.request(
                method, path, params=query, data=body or None, headers=headers
            ) as reply:
                answer: Dict[str, Any] = await reply.json()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"the service on {self._place.root} does not answer: {self._why(error)}") from error
        if reply.status >= 500:
            raise Unavailable(answer["detail"])
        if reply.status >= 400:
            raise BadInput(answer["detail"])
        return answer
