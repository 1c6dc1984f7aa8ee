"""The texts of the page by key, so that a test names none itself."""

import functools
import json
from pathlib import Path

TEXTS = Path(__file__).resolve().parents[2] / "sophon_report" / "web" / "texts"


@functools.lru_cache(maxsize=None)
def words(language):
    """All texts of ``language``."""
    found = {}
    for file in TEXTS.joinpath(language).glob("*.json"):
        found.update(json.loads(file.read_text("utf-8")))
    return found
