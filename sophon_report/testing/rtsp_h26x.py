"""H.264 and H.265 as RTP packets (RFC 6184, RFC 7798): what most cameras send.

A picture is its NAL units. One that fits travels as it is; a larger one in fragments::

    H.264   indicator 1 | FU header: start, end, type | part          H.265   header 2 | FU header | part
"""

import re
import struct
from dataclasses import dataclass
from typing import Iterator, List, Tuple

PAYLOAD_TYPE = 96
_PART_BYTES = 1300
_START_CODE = re.compile(rb"\x00\x00\x00?\x01")
_FU_H264, _FU_H265 = 28, 49


@dataclass(frozen=True)
class CodedPicture:
    """One picture of a coded film, with start codes between its units, as encoders give it (Annex B)."""

    codec: str
    """``h264`` or ``h265``."""
    annex_b: bytes


def coded_packets(picture: CodedPicture, sequence: int, timestamp: int, source: int) -> Iterator[bytes]:
    """Yield the RTP packets of one picture; the last one is marked."""
    payloads = [payload for unit in _units(picture.annex_b) for payload in _payloads(picture.codec, unit)]
    for number, payload in enumerate(payloads):
        mark = 0x80 if number == len(payloads) - 1 else 0
        head = (0x80, PAYLOAD_TYPE | mark, (sequence + number) & 0xFFFF, timestamp & 0xFFFFFFFF, source)
        yield struct.pack(">BBHII", *head) + payload


def _units(annex_b: bytes) -> List[bytes]:
    return [unit for unit in _START_CODE.split(annex_b) if unit]


def _payloads(codec: str, unit: bytes) -> Iterator[bytes]:
    if len(unit) <= _PART_BYTES:
        yield unit
        return
    size = 1 if codec == "h264" else 2
    indicator, kind = _fragment_head(codec, unit)
    parts = [unit[start : start + _PART_BYTES] for start in range(size, len(unit), _PART_BYTES)]
    for number, part in enumerate(parts):
        edges = (0x80 if number == 0 else 0) | (0x40 if number == len(parts) - 1 else 0)
        yield indicator + bytes([edges | kind]) + part


def _fragment_head(codec: str, unit: bytes) -> Tuple[bytes, int]:
    if codec == "h264":
        return bytes([unit[0] & 0xE0 | _FU_H264]), unit[0] & 0x1F
    return bytes([unit[0] & 0x81 | _FU_H265 << 1, unit[1]]), unit[0] >> 1 & 0x3F
