"""One call of our own REST: what it takes and gives, for whoever checks it, serves it and tells it."""

from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Tuple, Type, Union

from aiohttp import web
from pydantic import BaseModel, TypeAdapter

from sophon_report.api.call import Call, Incoming, Need, Noted
from sophon_report.api.v1.shapes import Body, Query, body_of, build_models, in_turn, query_of
from sophon_report.api.v1.tags import Tags, must_match, unchanged

ROOT = "/api/v1"
JSON = "application/json"


@dataclass(frozen=True)
class Asked:
    """One request, checked."""

    incoming: Incoming
    body: Any = None
    """Of the operation's :attr:`Operation.body`; bytes as they came when it has a :attr:`Operation.body_type` and
    they are not said to be JSON."""
    query: Any = None
    """Of the operation's :attr:`Operation.query`."""

    @property
    def actor(self) -> str:
        """Who asks, for the audit."""
        return self.incoming.actor

    def part(self, name: str) -> str:
        """The part of the path of that name."""
        return self.incoming.path[name]

    def must_match(self, tag: str) -> None:
        """Refuse when the caller wants to change another state than that of ``tag``; raises as ``tags``."""
        must_match(tag, self.incoming.message.headers.get("If-Match"))


@dataclass(frozen=True)
class Reply:
    """An answer that says more than its model."""

    value: object
    http_status: int = 200
    tag: str = ""
    """Of what it shows; ``""``: of its bytes, when the operation has tags."""
    headers: Mapping[str, str] = field(default_factory=dict)
    noted: str = ""
    """What the audit tells beside the call: no personal data, no secrets."""


Answered = Union[object, Reply, web.StreamResponse]
Handler = Callable[[Asked], Awaitable[Answered]]
"""Refuses with a :class:`~sophon_report.errors.SophonReportError`."""


@dataclass(frozen=True)
class Operation:
    """One call; what it refuses beside what its form says is in ``errors``."""

    method: str
    path: str
    """Below :data:`ROOT`, with ``{name}`` for parts that vary."""
    need: Need
    summary: str
    """One line."""
    handler: Handler
    answer: Optional[type] = None
    """A model or a dataclass; ``None``: no JSON, but :attr:`answer_type`."""
    answer_type: str = JSON
    http_status: int = 200
    query: Optional[Type[Query]] = None
    body: Optional[Type[BaseModel]] = None
    body_type: str = ""
    """Of a body that is no JSON, such as ``image/jpeg``; any type is taken then. With :attr:`body` either is."""
    streamed_bytes: int = 0
    """Its handler reads such a body by itself, of so many bytes at most: :attr:`Asked.body` is empty."""
    tags: Tuple[str, ...] = ()
    errors: Tuple[str, ...] = ()
    """Codes of :data:`sophon_report.api.problems.PROBLEMS`."""
    tagged: bool = False
    """Its answer has an ``ETag``."""
    guarded: bool = False
    """It heeds ``If-Match``."""
    socket: bool = False
    """It is a WebSocket: its handler takes the connection over."""
    description: str = ""
    """What the summary does not say, for the document."""

    @property
    def full_path(self) -> str:
        """From the root of the port."""
        return ROOT + self.path

    def call(self, tags: Tags) -> Call:
        """As the door serves it."""
        if self.socket:
            return Call(
                self.method, self.full_path, self.need, lambda one: self.handler(Asked(one)), takes_over=True
            )
        built: List[Optional[TypeAdapter[Any]]] = []  # with the first call: most operations have none for weeks

        async def handle(incoming: Incoming) -> Union[web.StreamResponse, Noted]:
            if not built:
                built.append(await in_turn(self._build))
            asked = self._asked(incoming)
            if self.guarded:
                async with tags.changing(self.path):
                    result = await self.handler(asked)
            else:
                result = await self.handler(asked)
            if isinstance(result, web.StreamResponse):
                return result
            writer = built[0]
            assert writer is not None
            reply = result if isinstance(result, Reply) else Reply(result, self.http_status)
            answer = self._answered(reply, writer.dump_json(reply.value), incoming, tags)
            return Noted(answer, reply.noted) if reply.noted else answer

        return Call(self.method, self.full_path, self.need, handle, raw=True, streamed_bytes=self.streamed_bytes)

    def _build(self) -> Optional[TypeAdapter[Any]]:
        """Build the models of what is asked, and what writes the answer."""
        build_models(self.query or Query, self.body or Body, self.answer)
        if self.answer is None:
            return None
        writer: TypeAdapter[Any] = TypeAdapter(self.answer)
        writer.rebuild()
        return writer

    def _asked(self, incoming: Incoming) -> Asked:
        message = incoming.message
        query = query_of(message, self.query or Query)
        body: Any = message.body
        if not self.body_type or (self.body is not None and message.content_type == JSON):
            body = body_of(message, self.body or Body)
        return Asked(incoming, body, query)

    def _answered(self, reply: Reply, body: bytes, incoming: Incoming, tags: Tags) -> web.Response:
        headers: Dict[str, str] = {"Cache-Control": "no-store", **reply.headers}
        if self.tagged:
            tag = reply.tag or tags.of(body)
            headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
            if self.method == "GET" and unchanged(tag, incoming.message.headers.get("If-None-Match")):
                return web.Response(status=304, headers=headers)
        return web.Response(body=body, status=reply.http_status, headers=headers, content_type=JSON)
