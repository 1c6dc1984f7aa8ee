"""A body and the headers that tell how it is packed: signed, then compressed, where the transport says so.

What takes long is done in a thread: a compressed event of 240 KB holds the loop for more than a millisecond, on a
box for several. Compressing means Huffman codes only: nearly all of an event is pictures in base64, in which
nothing repeats. Of 242,633 bytes that leaves 75.3 % in 1.1 ms, where zlib's level 1 leaves 75.9 % in 7.3 ms (x86).
"""

import asyncio
import zlib
from functools import partial
from typing import Dict, Tuple

from sophon_report.config import signing_key
from sophon_report.model import Transport
from sophon_report.wire.signing import signed_headers

IN_THREAD_BYTES = 32 << 10
"""Bodies above are packed in a thread; to come back from one costs about what this costs to pack."""

Packed = Tuple[bytes, Dict[str, str]]
"""The entity, and its headers."""


class Packer:
    """Packs bodies as ``transport`` says."""

    def __init__(self, transport: Transport) -> None:
        self._gzip = transport.gzip
        self._keys = tuple(signing_key(secret) for secret in transport.signing_secrets)

    async def pack(self, body: bytes, content_type: str, event_id: str, now_s: float) -> Packed:
        """What is to be sent for ``body`` at ``now_s``, seconds since the epoch."""
        if not self._gzip and not self._keys:
            return body, {"Content-Type": content_type}
        work = partial(self.pack_now, body, content_type, event_id, now_s)
        if len(body) <= IN_THREAD_BYTES:
            return work()
        return await asyncio.get_running_loop().run_in_executor(None, work)

    def pack_now(self, body: bytes, content_type: str, event_id: str, now_s: float) -> Packed:
        """The same, while the caller waits."""
        headers = {"Content-Type": content_type}
        if self._keys:
            headers.update(signed_headers(self._keys, event_id, int(now_s), body))
        if self._gzip:
            headers["Content-Encoding"] = "gzip"
            body = gzipped(body)
        return body, headers


def gzipped(body: bytes) -> bytes:
    """``body`` in the gzip format, the same bytes each time."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_HUFFMAN_ONLY)
    return packer.compress(body) + packer.flush()
