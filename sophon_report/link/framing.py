"""Messages as a byte stream: four bytes of length, big endian, then the message."""

import struct
from typing import List

from sophon_report.errors import BadMessage
from sophon_report.link.messages import MAX_MESSAGE_BYTES, Message, decode, encode

_LENGTH = struct.Struct(">I")


def frame(message: Message) -> bytes:
    """Bytes that carry ``message`` on the stream.

    Raises:
        BadMessage: longer than :data:`MAX_MESSAGE_BYTES`.
    """
    payload = encode(message)
    if len(payload) > MAX_MESSAGE_BYTES:
        raise BadMessage(f"a {type(message).__name__} of {len(payload)} bytes is too long for the link")
    return _LENGTH.pack(len(payload)) + payload


class Deframer:
    """Turns received bytes back into messages; holds at most one unfinished message."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> List[Message]:
        """Return the messages that ``data`` completes.

        Raises:
            BadMessage: a length over the bound, or a message that :func:`decode` refuses; the stream is lost.
        """
        self._buffer += data
        messages: List[Message] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_MESSAGE_BYTES:
                raise BadMessage(f"a message of {length} bytes is over the link's bound")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            messages.append(decode(bytes(self._buffer[_LENGTH.size : end])))
            del self._buffer[:end]
        return messages
