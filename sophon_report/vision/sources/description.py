"""What a camera says it sends (SDP, RFC 8866): whether there is video, and of which kind. Pure."""

import re
from typing import Optional

PLAYABLE = frozenset(
    (
        "h264",
        "h265",
        "hevc",
        "jpeg",
        "mp4v-es",
        "mpv",
        "mp2t",
        "h263",
        "h263-1998",
        "h263-2000",
        "vp8",
        "vp9",
        "av1",
    )
)
"""Names of RTP's that OpenCV's FFmpeg takes apart and decodes."""
_STATIC = {"26": "jpeg", "32": "mpv", "33": "mp2t", "34": "h263"}
"""Numbers that need no name (RFC 3551)."""
_RTPMAP = re.compile(r"a=rtpmap:(\d+)\s+([^/\s]+)", re.IGNORECASE)


def video_of(sdp: str) -> Optional[str]:
    """Return the name of the first video's kind in lower case, ``""`` when it is not told; ``None``: no video."""
    number: Optional[str] = None
    for line in sdp.splitlines():
        if line.startswith("m=") and number is not None:
            break  # the video's part is over
        if line.startswith("m=video"):
            number = [*line.split(), "", "", "", ""][3]
        named = _RTPMAP.match(line)
        if number is not None and named and named[1] == number:
            return named[2].lower()
    return None if number is None else _STATIC.get(number, "")


def control_of(sdp: str, base: str) -> str:
    """Return the address under which the first video is asked for, ``base`` being that of the description."""
    inside = False
    for line in sdp.splitlines():
        inside = line.startswith("m=video") if line.startswith("m=") else inside
        if inside and line.startswith("a=control:"):
            control = line.partition(":")[2].strip()
            return control if "://" in control else base.rstrip("/") + "/" + control
    return base
