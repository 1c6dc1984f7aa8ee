"""What a module of the page says by itself: the text in its templates that is no value."""

import re
from typing import Iterator, List, Tuple

HOLE = "\x00"
"""Stands where a value stands."""
_QUOTES = "\"'"
SAID = ("aria-label", "title", "placeholder", "alt", "label")
"""Attributes that people read or hear."""


def templates(source: str) -> List[str]:
    """The static text of every ``html`` template of ``source``, with :data:`HOLE` for each value."""
    found: List[str] = []
    _code(source, 0, found, "")
    return found


def said(template: str) -> Iterator[str]:
    """What of ``template`` people would read: text between tags, and attributes that are read out."""
    for tag in re.findall(r"<[^>]*>", template):
        for name, value in re.findall(r'\s([\w-]+)="([^"]*)"', tag):
            if name in SAID:
                yield value
    yield re.sub(r"<!--.*?-->|<[^>]*>|&\w+;", " ", template, flags=re.DOTALL)


def _code(source: str, at: int, found: List[str], end: str) -> int:
    """Walk over code from ``at`` until ``end`` closes it; gives the place behind."""
    depth = 0
    while at < len(source):
        here = source[at]
        if source.startswith("//", at):
            at = (
                (source.find("\n", at) + len(source)) % len(source)
                if source.find("\n", at) < 0
                else source.find("\n", at)
            )
        elif source.startswith("/*", at):
            at = source.index("*/", at) + 2
        elif here in _QUOTES:
            at = _string(source, at)
        elif here == "`":
            is_html = re.search(r"\bhtml$", source[max(0, at - 5) : at]) is not None
            text, at = _template(source, at + 1, found)
            if is_html:
                found.append(text)
        elif here == "/" and _begins_pattern(source, at):
            at = _pattern(source, at)
        else:
            if end and here == "{":
                depth += 1
            if end and here == "}":
                if depth == 0:
                    return at + 1
                depth -= 1
            at += 1
    return at


def _template(source: str, at: int, found: List[str]) -> Tuple[str, int]:
    text = ""
    while source[at] != "`":
        if source.startswith("${", at):
            at = _code(source, at + 2, found, "}")
            text += HOLE
        elif source[at] == "\\":
            text, at = text + source[at + 1], at + 2
        else:
            text, at = text + source[at], at + 1
    return text, at + 1


def _string(source: str, at: int) -> int:
    quote, at = source[at], at + 1
    while source[at] != quote:
        at += 2 if source[at] == "\\" else 1
    return at + 1


def _begins_pattern(source: str, at: int) -> bool:
    before = source[:at].rstrip()
    return not before or before[-1] in "(,=:[!&|?{};+>" or re.search(r"\breturn$", before) is not None


def _pattern(source: str, at: int) -> int:
    at, in_class = at + 1, False
    while source[at] != "/" or in_class:
        in_class = (in_class or source[at] == "[") and source[at] != "]"
        at += 2 if source[at] == "\\" else 1
    return at + 1
