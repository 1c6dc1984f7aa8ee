"""JPEG pictures as RTP packets (RFC 2435): what an RTSP camera with motion JPEG sends.

::

    RTP header 12 | 0, offset 24 bit, type, Q, width/8, height/8 | tables 4 + 128, first packet only | scan data

Huffman tables do not travel: a picture has to use the ones of the standard's annex, as encoders do unless they
are asked to optimise. Q 255 says that the quantisation tables travel with each picture.
"""

import struct
from dataclasses import dataclass
from typing import Iterator, Tuple

PAYLOAD_TYPE = 26
CLOCK_HZ = 90_000
MAX_SIDE_PX = 2040
_SCAN_BYTES = 1300
_SUBSAMPLING_TYPES = {0x21: 0, 0x22: 1}
"""Sampling of the first component, 4:2:2 or 4:2:0, to the type in the packet."""
_DQT, _SOF0, _SOS = 0xDB, 0xC0, 0xDA


@dataclass(frozen=True)
class JpegScan:
    """The parts of a JPEG that travel."""

    width: int
    height: int
    kind: int
    tables: bytes
    scan: bytes


def parse_jpeg(jpeg: bytes) -> JpegScan:
    """Return the parts of a baseline JPEG.

    Raises:
        ValueError: progressive, other subsampling than 4:2:0 or 4:2:2, or sides that are no multiples of 8 up to
            :data:`MAX_SIDE_PX`.
    """
    tables, width, height, kind = b"", 0, 0, -1
    for marker, segment in _segments(jpeg):
        if marker == _DQT:
            tables += b"".join(segment[start + 1 : start + 65] for start in range(0, len(segment), 65))
        elif marker == _SOF0:
            height, width = struct.unpack_from(">HH", segment, 1)
            kind = _SUBSAMPLING_TYPES.get(segment[7], -1)
        elif marker == _SOS:
            if kind < 0 or width % 8 or height % 8 or max(width, height) > MAX_SIDE_PX or len(tables) != 128:
                raise ValueError(f"a JPEG of {width}x{height} of this kind cannot travel in RTP")
            return JpegScan(width, height, kind, tables, jpeg[jpeg.index(segment) + len(segment) : -2])
    raise ValueError("no JPEG")


def rtp_packets(picture: JpegScan, sequence: int, timestamp: int, source: int) -> Iterator[bytes]:
    """Yield the RTP packets of one picture; numbers wrap as the format has them."""
    for offset in range(0, len(picture.scan), _SCAN_BYTES):
        part = picture.scan[offset : offset + _SCAN_BYTES]
        last = offset + len(part) == len(picture.scan)
        header = struct.pack(
            ">BBHII",
            0x80,
            PAYLOAD_TYPE | (0x80 if last else 0),
            sequence & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            source,
        )
        header += struct.pack(">I", offset) + bytes([picture.kind, 255, picture.width // 8, picture.height // 8])
        if offset == 0:
            header += struct.pack(">BBH", 0, 0, len(picture.tables)) + picture.tables
        yield header + part
        sequence += 1


def _segments(jpeg: bytes) -> Iterator[Tuple[int, bytes]]:
    place = 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF:
        (length,) = struct.unpack_from(">H", jpeg, place + 2)
        yield jpeg[place + 1], jpeg[place + 4 : place + 2 + length]
        place += 2 + length
