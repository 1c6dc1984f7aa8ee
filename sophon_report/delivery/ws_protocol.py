"""What clients of a WebSocket port may say, as *websockets* reads it, but for two things.

- Too large a message is refused like every other bad configuration.
- ``Content-Length: 0`` in a handshake says that it has no body, as no handshake has: Java's own client sends it.
  The last *websockets* for Python 3.8 (13.1) hangs up on that, later ones do not.
"""

import re
from typing import Any, Generator

from websockets.frames import CloseCode
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from sophon_report.wire.subscription import MAX_CONFIGURATION_BYTES, MESSAGE_KEY

_NO_BODY = re.compile(rb"content-length:[ \t]*0[ \t]*\r\n", re.IGNORECASE)


class ClientProtocol(ServerProtocol):
    """RFC 6455 of the server."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # The library has begun to read a request by a reader of its own; nothing has come yet.
        self.reader = _Reader()
        self.parser = self.parse()
        next(self.parser)

    def fail(self, code: int, reason: str = "") -> None:
        if code == CloseCode.MESSAGE_TOO_BIG:
            code = CloseCode.POLICY_VIOLATION
            reason = f"{MESSAGE_KEY}: must not be larger than {MAX_CONFIGURATION_BYTES} bytes"
        super().fail(code, reason)


class _Reader(StreamReader):
    """Passes over the line that says nothing; lines are read of a handshake alone."""

    def read_line(self, *bounds: Any) -> Generator[None, None, Any]:
        line = yield from super().read_line(*bounds)
        while _NO_BODY.fullmatch(line):
            line = yield from super().read_line(*bounds)
        return line
