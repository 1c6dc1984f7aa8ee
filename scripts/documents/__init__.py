"""Pages of docs/{en,zh}/reference, made from the code; ``./scripts/docs --write`` writes them.

Texts that stand in the code are English. Their Chinese is in ``zh.json`` by the English; what is missing there is told
in English, and a test names it.
"""

import asyncio
from pathlib import Path
from typing import Dict

from documents import cli, metrics, rest, settings, wire
from documents.words import LANGUAGES, Words

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {each.__name__.rpartition(".")[2]: each.page for each in (settings, metrics, cli, rest, wire)}
"""A function from words to the text of a page, by the page's name."""


def pages() -> Dict[Path, str]:
    """The text of every page by its file."""
    # Up to Python 3.9 parts of the service look for their event loop when they are made.
    return asyncio.run(_pages())


async def _pages() -> Dict[Path, str]:
    return {
        DOCS / language / "reference" / f"{name}.md": make(Words(language))
        for language in LANGUAGES
        for name, make in PAGES.items()
    }
