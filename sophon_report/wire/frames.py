"""WebSocket frames from the server, whole: built once for an event, then the same bytes go to every client.

RFC 6455, section 5.2, unmasked, one frame a message::

    0x81 | length                    payload        up to 125 bytes
    0x81 | 126 | length, 2 bytes     payload        up to 65,535
    0x81 | 127 | length, 8 bytes     payload        above

of a text; a binary message begins with 0x82.
"""

import struct

_FIN_TEXT, _FIN_BINARY = 0x81, 0x82


def text_frame(payload: bytes) -> bytes:
    """The one frame that carries ``payload``, which is UTF-8, as a complete text message."""
    return _frame(_FIN_TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """The one frame that carries ``payload`` as a complete binary message."""
    return _frame(_FIN_BINARY, payload)


def _frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", kind, size)
    elif size < 1 << 16:
        header = struct.pack("!BBH", kind, 126, size)
    else:
        header = struct.pack("!BBQ", kind, 127, size)
    return header + payload
