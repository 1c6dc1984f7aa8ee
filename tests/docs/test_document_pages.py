"""The documents: both languages say the same in the same places, links lead somewhere, samples are valid."""

import argparse
import json
from urllib.parse import unquote

import pytest
from document import DOCS, LANGUAGES, REPO, everything, pages, read

from sophon_report.cli.check_config import check_config
from sophon_report.errors import ConfigError

ALL = everything()


def named(page):
    return str(page)


def test_every_page_is_there_in_both_languages():
    """Under the same name."""
    names = {each: {str(page.path.relative_to(DOCS / each)) for page in pages(each)} for each in LANGUAGES}
    assert names["en"] - names["zh"] == set(), "missing in docs/zh"
    assert names["zh"] - names["en"] == set(), "missing in docs/en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_stands_in_one_table_of_contents(language):
    """Else nobody finds it in the site."""
    root = DOCS / language
    listed = [
        str((page.path.parent / link.target).relative_to(root))
        for page in pages(language)
        for link in page.links
        if link.is_listed
    ]
    assert sorted(["index.md", *listed]) == sorted(str(page.path.relative_to(root)) for page in pages(language))


@pytest.mark.parametrize("page", pages("en"), ids=named)
def test_both_languages_of_a_page_have_the_same_headings_and_commands(page):
    """A reader who changes the language is at the same place and types the same."""
    other = DOCS / "zh" / page.path.relative_to(DOCS / "en")
    if not other.exists():
        pytest.skip("another test says that it is missing")
    chinese = read(other)
    assert [level for level, _ in page.headings] == [level for level, _ in chinese.headings], str(chinese)
    assert [block.language for block in page.blocks] == [block.language for block in chinese.blocks], str(chinese)


@pytest.mark.parametrize("page", ALL, ids=named)
def test_every_link_within_the_documents_leads_somewhere(page):
    """To a file that is there, and to a heading of it."""
    lost = []
    for link in page.links:
        target, _, anchor = unquote(link.target).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (page.path.parent / target).resolve() if target else page.path
        if not file.exists() or (REPO not in file.parents and file != REPO):
            lost.append(f"{page}:{link.line}: {link.target} is not there")
        elif anchor and file.suffix == ".md" and anchor not in read(file).anchors:
            lost.append(f"{page}:{link.line}: {link.target} has no such heading")
    assert lost == [], "\n".join(lost)


@pytest.mark.parametrize("page", ALL, ids=named)
def test_every_sample_of_json_parses(page):
    """Whole; what is shortened is no JSON, and is not said to be."""
    wrong = []
    for block in page.blocks:
        if block.language != "json":
            continue
        try:
            json.loads(block.text)
        except ValueError as error:
            wrong.append(f"{page}:{block.line}: {error}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("page", ALL, ids=named)
def test_every_sample_of_settings_passes_check_config(page, tmp_path):
    """As the command says it, with its file."""
    wrong = []
    for block in page.blocks:
        if block.language != "toml" or block.not_run:
            continue
        file = tmp_path / "config.toml"
        file.write_text(block.text, "utf-8")
        try:
            check_config(argparse.Namespace(file=file))
        except ConfigError as error:
            wrong.append(f"{page}:{block.line}: {error}")
    assert wrong == [], "\n".join(wrong)
