"""The reference pages say what the code says."""

import sys

import pytest
from document import REPO

sys.path.insert(0, str(REPO / "scripts"))
import documents
from documents.words import Words

HOW = "run ./scripts/docs --write and read what has changed"


@pytest.fixture(scope="module")
def made():
    return documents.pages()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", documents.PAGES)
def test_a_reference_page_is_as_the_code_makes_it(made, language, name):
    """To the last word."""
    path = documents.DOCS / language / "reference" / f"{name}.md"
    assert path.exists(), f"{path} is missing; {HOW}"
    assert path.read_text("utf-8") == made[path], f"{path} is not what the code says any more; {HOW}"


def test_every_text_of_the_reference_pages_has_its_chinese(made):
    """In scripts/documents/zh.json."""
    assert list(Words.missing) == [], "add their Chinese to scripts/documents/zh.json"
