"""Showing a camera who asks: HTTP's Basic and Digest (RFC 7616, with MD5), which RTSP took over. Pure.

What OpenCV's FFmpeg can answer is answered here, and no more: the question is whether *it* will be let in.
"""

import base64
import hashlib
import re
from typing import Dict, Optional, Sequence

_PARAMETER = re.compile(r'([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))', re.IGNORECASE)


def credentials(
    challenges: Sequence[str], method: str, target: str, user: str, password: str, nonce: str
) -> Optional[str]:
    """Return the ``Authorization`` that answers one of ``challenges``; ``None``: none of them can be answered.

    Args:
        challenges: the values of ``WWW-Authenticate``, a Digest before a Basic.
        method: of the request that is asked again.
        target: its address, as it stands in its first line.
        user: the name.
        password: its password.
        nonce: a text of the asker's own that nobody can guess.
    """
    for challenge in sorted(challenges, key=lambda each: not each.lower().startswith("digest")):
        scheme, _, rest = challenge.strip().partition(" ")
        if scheme.lower() == "digest":
            given = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
            if given.get("algorithm", "MD5").upper() == "MD5":
                return _digest(given, method, target, user, password, nonce)
        elif scheme.lower() == "basic":
            return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return None


def _digest(given: Dict[str, str], method: str, target: str, user: str, password: str, nonce: str) -> str:
    realm, theirs = given.get("realm", ""), given.get("nonce", "")
    who, what = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{target}")
    shown = {"username": user, "realm": realm, "nonce": theirs, "uri": target}
    if "opaque" in given:
        shown["opaque"] = given["opaque"]
    extra = ""
    if "auth" in [each.strip().lower() for each in given.get("qop", "").split(",")]:
        proof = _md5(f"{who}:{theirs}:00000001:{nonce}:auth:{what}")
        shown["cnonce"], extra = nonce, ", qop=auth, nc=00000001"
    else:
        proof = _md5(f"{who}:{theirs}:{what}")
    shown["response"] = proof
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in shown.items()) + extra


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - what cameras ask for
