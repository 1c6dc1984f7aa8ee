"""What pages are written with: words of both languages, and pieces of Markdown."""

import json
from pathlib import Path
from typing import Any, ClassVar, Dict, Iterable, List, Sequence

LANGUAGES = ("en", "zh")
HERE = Path(__file__).parent
TEXTS = HERE.parents[1] / "sophon_report" / "web" / "texts"
MIB = 1 << 20


class Words:
    """The words of one language."""

    missing: ClassVar[Dict[str, None]] = {}
    """English texts that have no Chinese, as far as pages were made."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.chinese = language == "zh"
        self._told: Dict[str, str] = json.loads((HERE / "zh.json").read_text("utf-8")) if self.chinese else {}
        self.of_page: Dict[str, str] = json.loads((TEXTS / language / "settings.json").read_text("utf-8"))

    def __call__(self, english: str, chinese: str = "") -> str:
        """The text in this language; ``chinese``: where it is not in ``zh.json``."""
        if not self.chinese or not english:
            return english
        told = chinese or self._told.get(english, "")
        if not told:
            Words.missing[english] = None
        return told or english

    def of_page_groups(self) -> List[str]:
        """Names of the groups of settings, in the page's order."""
        start = "settings.group."
        return [key[len(start) :] for key in self.of_page if key.startswith(start)]

    def list(self, parts: Iterable[str]) -> str:
        """Texts one after the other."""
        return ("，" if self.chinese else ", ").join(parts)


def both(text: Dict[str, str], words: Words) -> str:
    """One text of a data file that has both languages."""
    return text[words.language]


def code(text: str) -> str:
    """As it is typed."""
    return f"`{text}`"


def cell(text: str) -> str:
    """A text that stands in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(cell(each) for each in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def made(title: str, about: str, parts: List[str]) -> str:
    """A whole page, with the sign that it is not written by hand."""
    sign = "<!-- made from the code by ./scripts/docs --write; a change here is lost -->"
    depth = "---\ntocdepth: 2\n---\n\n"
    return "\n".join([f"{depth}{sign}\n\n# {title}\n", f"{about}\n", *parts]).rstrip("\n") + "\n"


def literal(value: Any) -> str:
    """A value as a settings file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def size(value: int) -> str:
    """Bytes as people say them."""
    for unit, of in (("GiB", 1 << 30), ("MiB", MIB), ("KiB", 1 << 10)):
        if value >= of and value % of == 0:
            return f"{value // of} {unit}"
    return str(value)
