"""What tells of our own REST: the OpenAPI document, and a page to read it.

The page is plain HTML, CSS and one script, all of the package: the box may have no way to the internet, and the
policy that goes with it lets nothing else in.
"""

import asyncio
from pathlib import Path
from typing import Callable, List, Sequence, Tuple

import orjson
from aiohttp import web

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.problems import DOCS_PATH
from sophon_report.api.v1.document import document
from sophon_report.api.v1.operation import Operation
from sophon_report.api.v1.shapes import in_turn
from sophon_report.api.v1.tags import Tags, unchanged

DOCUMENT_PATH = "/api/openapi.json"
WEB = Path(__file__).resolve().parents[2] / "web"
FILES = {
    DOCS_PATH: ("docs.html", "text/html"),
    DOCS_PATH + ".js": ("docs.js", "text/javascript"),
    DOCS_PATH + ".css": ("docs.css", "text/css"),
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def describing(operations: Sequence[Operation], tags: Tags) -> List[Call]:
    """The calls that tell of ``operations``; the document is made when somebody first asks for it, in a thread."""

    def written() -> bytes:
        return orjson.dumps(document(operations))

    return [
        _call(DOCUMENT_PATH, written, "application/json", tags),
        *(_call(path, (WEB / name).read_bytes, kind, tags) for path, (name, kind) in FILES.items()),
    ]


def _call(path: str, read: Callable[[], bytes], kind: str, tags: Tags) -> Call:
    kept: List[Tuple[bytes, str]] = []
    one_at_a_time = asyncio.Lock()
    guards = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }

    async def answer(incoming: Incoming) -> web.Response:
        async with one_at_a_time:
            if not kept:
                content = await in_turn(read)
                kept.append((content, tags.of(content)))
        content, tag = kept[0]
        headers = {"ETag": tag, **guards}
        if unchanged(tag, incoming.message.headers.get("If-None-Match")):
            return web.Response(status=304, headers=headers)
        charset = "utf-8" if kind.startswith("text/") else None
        return web.Response(body=content, headers=headers, content_type=kind, charset=charset)

    return Call("GET", path, Need.OPEN, answer, raw=True)
