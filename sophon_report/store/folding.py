"""Texts as they are compared when somebody looks for a part of one."""

import unicodedata


def folded(text: str) -> str:
    """Return ``text`` without what nobody means who looks for it: case, the spelling of accents, wide letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
