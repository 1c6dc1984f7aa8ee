"""What may be sent in place of an honest call: each attack differs from it in one thing."""

import copy
import json
from typing import Any, Iterator, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import quote, urlencode

from honest_calls import Honest

JSON = "application/json"
HUGE_BYTES = 64 << 20
WRONG_VALUES = (
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    "",
    " ",
    "x" * 5000,
    "\x00",
    "李'); DROP TABLE person; --",
    "' OR '1'='1",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "%_%",
    [],
    [[]],
    {},
    {"$ne": None},
    [None],
    ["' OR 1=1 --"],
    ["a"] * 500,
)
"""Each takes the place of each argument once, whatever that is meant to be."""
WRONG_BODIES = (
    (b"", JSON),
    (b"{", JSON),
    (b"[]", JSON),
    (b"null", JSON),
    (b'"text"', JSON),
    (b"\xff\xfe\x00", JSON),
    (b'{"a": NaN}', JSON),
    (b"[" * 5000, JSON),
    (b'{"identity_id": "\\ud800", "name": "\\ud800", "event_id": "\\ud800"}', JSON),
    (b"a=1&b=2", "text/plain"),
    (b"<a/>", "application/xml"),
    (b"\x00\x01", "application/octet-stream"),
    (b"a=%00&=&%ff", "application/x-www-form-urlencoded"),
    (b"--x\r\n\r\n--x--\r\n", "multipart/form-data; boundary=x"),
)
PATH_TRICKS = (
    "nobody",
    "' OR 1=1 --",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "\x00",
    "李",
    "%",
    ".",
    "a" * 3000,
)
RAW_PATH_TRICKS = ("%FF", "%ED%A0%80", "%2e%2e%2f%2e%2e%2fetc%2fpasswd")


class Attack(NamedTuple):
    """One request."""

    what: str
    target: str
    body: bytes = b""
    content_type: Optional[str] = None
    announced_bytes: Optional[int] = None
    """A body that is announced and never comes."""


def target_of(path: str, honest: Honest, parts: Optional[Mapping[str, str]] = None, raw: bool = False) -> str:
    """Path and query of a call."""
    for name, value in (parts or honest.path).items():
        path = path.replace("{" + name + "}", value if raw else quote(value, safe=""))
    return path + ("?" + urlencode(honest.query) if honest.query else "")


def honest_call(path: str, honest: Honest) -> Attack:
    """The call as it is meant."""
    body = b"" if honest.body is None else json.dumps(honest.body).encode()
    return Attack("honest", target_of(path, honest), body, JSON if honest.body is not None else None)


def attacks(path: str, honest: Honest) -> Iterator[Attack]:
    """Everything that differs from the honest call in one thing."""
    target = target_of(path, honest)
    for raw, content_type in WRONG_BODIES:
        yield Attack(f"body {raw[:20]!r} as {content_type}", target, raw, content_type)
    yield Attack(
        "a huge body is announced",
        target,
        content_type=JSON,
        announced_bytes=max(HUGE_BYTES, honest.most_bytes + 1),
    )
    for where, wrong in _wrong_bodies(honest.body or {}):
        yield Attack(where, target, json.dumps(wrong).encode(), JSON)
    for name in honest.query:
        for value in WRONG_VALUES:
            changed = urlencode({**honest.query, name: value if isinstance(value, str) else json.dumps(value)})
            yield Attack(f"query {name}={str(value)[:30]}", target.partition("?")[0] + "?" + changed)
    body = honest_call(path, honest)
    for name in honest.path:
        for trick in PATH_TRICKS:
            yield body._replace(
                what=f"path {name}={trick[:30]!r}", target=target_of(path, honest, {**honest.path, name: trick})
            )
        for trick in RAW_PATH_TRICKS:
            parts = {**honest.path, name: trick}
            yield body._replace(what=f"path {name}={trick}", target=target_of(path, honest, parts, raw=True))


def _wrong_bodies(body: Mapping[str, Any]) -> Iterator[Tuple[str, Any]]:
    """Bodies with one argument wrong, missing, or too many, in tables within the body too."""
    yield "an argument that nobody knows", {**body, "nobody_knows": 1}
    for name, value in body.items():
        yield f"without {name}", {other: body[other] for other in body if other != name}
        for wrong in WRONG_VALUES:
            yield f"{name}={str(wrong)[:30]}", {**body, name: wrong}
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            for where, changed in _wrong_bodies(inner):
                replaced = [changed] if isinstance(value, list) else changed
                yield f"{name}: {where}", {**copy.deepcopy(dict(body)), name: replaced}
