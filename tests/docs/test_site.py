"""The site of the documents: made without a warning, in both languages, and looked at without the internet.

It is made where Sphinx is (``./scripts/setup`` brings it). Links, headings and samples are held against each other
by :mod:`test_document_pages`, anywhere.
"""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from document import DOCS, REPO, pages

pytest.importorskip("sphinx", reason="./scripts/setup brings Sphinx")
pytest.importorskip("myst_parser", reason="./scripts/setup brings MyST")
pytest.importorskip("furo", reason="./scripts/setup brings Furo")


class Fetched(HTMLParser):
    """What a browser fetches to show a page, and where its links for another language lead."""

    def __init__(self, text):
        super().__init__()
        self.files, self.other = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag in ("img", "script", "iframe") and told.get("src"):
            self.files.append(told["src"])
        if tag == "link" and told.get("rel") in ("stylesheet", "preload", "icon"):
            self.files.append(told["href"])
        if tag == "a" and told.get("rel") == "alternate":
            self.other = told["href"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("site")
    for language in ("en", "zh"):
        command = f"-m sphinx -b html -t {language} -c {DOCS} -d {root / 'trees'} -E -W --keep-going -q"
        made = subprocess.run(
            [sys.executable, *command.split(), str(DOCS / language), str(root / language)],
            cwd=REPO,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
        assert made.returncode == 0, made.stderr
    return root


def built(site):
    for language in ("en", "zh"):
        for page in pages(language):
            place = page.path.relative_to(DOCS / language).with_suffix(".html")
            yield language, site / language / place


def test_every_page_is_made_and_leads_to_itself_in_the_other_language(site):
    """Not to the other language's first page."""
    for language, file in built(site):
        other = (file.parent / Fetched(file.read_text("utf-8")).other).resolve()
        there = "zh" if language == "en" else "en"
        assert other == site / there / file.relative_to(site / language)
        assert other.exists()


def test_no_page_fetches_anything_from_elsewhere(site):
    """Scripts, styles, fonts and pictures lie beside it."""
    for _, file in built(site):
        found = [name for name in Fetched(file.read_text("utf-8")).files if "//" in name]
        assert found == [], file
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", style.read_text("utf-8")), style


def test_chinese_is_found_by_its_pairs_of_characters(site):
    """What the reader types is cut as the pages were."""
    index = (site / "zh" / "searchindex.js").read_text("utf-8")
    terms = json.loads(index[len("Search.setIndex(") : -1])["terms"]
    assert {"上传", "传地", "地址", "event_id"} <= set(terms)
    assert "function splitQuery" in (site / "zh" / "_static" / "language_data.js").read_text("utf-8")
