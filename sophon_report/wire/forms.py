"""``multipart/form-data`` as a browser writes it: one part a top-level key.

The vendor offers form-data for its reports and gives no layout of it. Here texts are sent as they are, anything
else as JSON: ``3`` and ``91.25`` read as numbers do, tables and lists stay whole. A part has no file name and no
content type of its own, so that receivers take it for a field of the form (Flask's ``request.form``). Some bound
what all fields together may have, Werkzeug from 3.1 to 500 kB (``MAX_FORM_MEMORY_SIZE``), and answer 413 above.

The same fields always give the same bytes: a repeat is the same request.
"""

import itertools
from typing import Any, Iterator, Mapping, Tuple

import orjson

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""What may not stand in a quoted name, as browsers write it."""


def form_data(fields: Mapping[str, Any]) -> Tuple[bytes, str]:
    """The body, and the value of its ``Content-Type`` header.

    Raises:
        TypeError: a value that JSON has no form for.
    """
    parts = [_part(name, value) for name, value in fields.items()]
    boundary = next(each for each in _boundaries() if not any(each in part for part in parts))
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary
    return body, f"multipart/form-data; boundary={boundary.decode('ascii')}"


def _part(name: str, value: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{name.translate(_ESCAPES)}"\r\n\r\n'
    return head.encode("utf-8") + (value.encode("utf-8") if isinstance(value, str) else orjson.dumps(value))


def _boundaries() -> Iterator[bytes]:
    return (b"----sophon-report-%d" % number for number in itertools.count())
