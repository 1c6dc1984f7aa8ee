"""Pages of docs/ as values: their headings, links and blocks, each with its line; read as MyST reads them.

A comment on the line above a block says how the tests treat it; nobody else sees it:

- ``<!-- not run: why -->``: it cannot be run here;
- ``<!-- goes on until: text -->``: its command does not end by itself; the next block begins once it printed this.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Tuple

REPO = Path(__file__).resolve().parents[2]
DOCS = REPO / "docs"
LANGUAGES = ("en", "zh")
_SIGN = re.compile(r"^<!--\s*(not run|goes on until):\s*(.+?)\s*-->$")
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,}|:{3,})\s*(\S*)\s*(.*?)\s*$")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_LINK = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_LABEL = re.compile(r"^\(([\w-]+)\)=\s*$")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_FILES = ("literalinclude", "include", "image", "figure")
"""Directives whose argument is a file."""


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    line: int
    """Of its fence, from 1."""
    language: str
    text: str
    not_run: str = ""
    """Why the tests cannot run it."""
    until: str = ""
    """What it prints when it works; it goes on then, until the page ends."""


@dataclass(frozen=True)
class Link:
    """Where a page leads to."""

    line: int
    target: str
    is_file: bool = False
    """It is shown in the page: an image, or a file that is included."""
    is_listed: bool = False
    """It stands in a table of contents."""


@dataclass(frozen=True)
class Page:
    """One file of Markdown."""

    path: Path
    headings: Tuple[Tuple[int, str], ...]
    """Level and text."""
    anchors: Tuple[str, ...]
    blocks: Tuple[Block, ...]
    links: Tuple[Link, ...]

    def __str__(self) -> str:
        return str(self.path.relative_to(REPO))


@dataclass
class _Reading:
    headings: List[Tuple[int, str]] = field(default_factory=list)
    labels: List[str] = field(default_factory=list)
    blocks: List[Block] = field(default_factory=list)
    links: List[Link] = field(default_factory=list)


def slug(title: str) -> str:
    """The anchor of a heading, as MyST and GitHub make it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").replace("*", "")
    return re.sub(r"[^\w\u4e00-\u9fff\- ]", "", plain.strip().lower().replace(" ", "-"))


def read(path: Path) -> Page:
    """The page of a file.

    Raises:
        ValueError: a block has no end.
    """
    lines = path.read_text("utf-8").splitlines()
    found, at = _Reading(), 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        at = _block(lines, at, fence, found) if fence else _text(lines[at], at, found)
    anchors: List[str] = []
    for _, title in found.headings:
        base = name = slug(title)
        number = 0
        while name in anchors:
            number += 1
            name = f"{base}-{number}"
        anchors.append(name)
    return Page(
        path,
        tuple(found.headings),
        (*anchors, *found.labels),
        tuple(found.blocks),
        tuple(found.links),
    )


def _text(line: str, at: int, found: _Reading) -> int:
    heading, label = _HEADING.match(line), _LABEL.match(line)
    if heading:
        found.headings.append((len(heading[1]), heading[2]))
    if label:
        found.labels.append(label[1])
    for image, target in _LINK.findall(_CODE.sub("", line)):
        found.links.append(Link(at + 1, target, bool(image)))
    return at + 1


def _block(lines: List[str], at: int, fence: "re.Match[str]", found: _Reading) -> int:
    indent, mark, kind, argument = fence.groups()
    end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == mark), None)
    if end is None:
        raise ValueError(f"{at + 1}: a block without an end")
    inside = [line[len(indent) :] if line.startswith(indent) else line for line in lines[at + 1 : end]]
    if kind.startswith("{"):
        name = kind.strip("{}")
        if name in _FILES:
            found.links.append(Link(at + 1, argument, is_file=True))
        elif name == "toctree":
            entries = [(at + 2 + n, line) for n, line in enumerate(inside) if line and not line.startswith(":")]
            found.links += [Link(number, f"{line}.md", is_listed=True) for number, line in entries]
        elif name in ("note", "tip", "warning", "important", "caution", "danger", "admonition"):
            # Text like any other.
            for number in range(at + 1, end):
                _text(lines[number], number, found)
        elif name in ("code-block", "code"):
            found.blocks.append(_told(lines, at, argument, inside))
    else:
        found.blocks.append(_told(lines, at, kind, inside))
    return end + 1


def _told(lines: List[str], at: int, language: str, inside: List[str]) -> Block:
    above = _SIGN.match(lines[at - 1].strip()) if at else None
    sign = {above[1]: above[2]} if above else {}
    return Block(
        at + 1, language, "\n".join(inside) + "\n", sign.get("not run", ""), sign.get("goes on until", "")
    )


def pages(language: str) -> List[Page]:
    """All pages of one language, by path."""
    return [read(path) for path in sorted((DOCS / language).rglob("*.md"))]


def everything() -> List[Page]:
    """All pages, and those at the top of the repository."""
    top = [REPO / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "SECURITY.md")]
    return [*(read(path) for path in top if path.exists()), *(page for each in LANGUAGES for page in pages(each))]
