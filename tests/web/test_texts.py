"""What the page says: in two languages, all of it in the text files and none of it in the code."""

import json
import re
from pathlib import Path

import pytest
from template_text import HOLE, said, templates

WEB = Path(__file__).resolve().parents[2] / "sophon_report" / "web"
MODULES = sorted(path for path in WEB.rglob("*.js") if "vendor" not in path.parts and path.name != "docs.js")
AREAS = sorted(path.name for path in (WEB / "texts" / "en").glob("*.json"))
PLACE = re.compile(r"\{(\w+)[|}]")
LETTER = re.compile(r"[A-Za-z\u00c0-\u024f\u4e00-\u9fff]")
NAMES = {"sophon-report"}
"""Said in every language alike."""


def texts(language):
    """All texts of ``language`` by key."""
    found = {}
    for file in sorted((WEB / "texts" / language).glob("*.json")):
        found.update(json.loads(file.read_text()))
    return found


def keys_of(source):
    """Keys that a module names, whole, and beginnings that it completes by a value."""
    whole = set(re.findall(r"""["'`]([a-z_]+\.[\w.-]+)["'`]""", source))
    begun = set(re.findall(r"`([a-z_]+\.[\w.-]*)\$\{", source))
    begun |= {key for key in whole if key.endswith("_")}
    return whole - begun, begun


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_keys_in_the_same_files(area):
    """And the same places for values in each text, and nothing that is empty."""
    english, chinese = (json.loads((WEB / "texts" / each / area).read_text()) for each in ("en", "zh"))
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert key.startswith(area[: -len(".json")] + "."), key
        assert text.strip(), key
        assert chinese[key].strip(), key
        assert set(PLACE.findall(text)) == set(PLACE.findall(chinese[key])), key


def test_both_languages_have_the_same_areas():
    """No file is there in one language only."""
    assert sorted(path.name for path in (WEB / "texts" / "zh").glob("*.json")) == AREAS


def test_a_chinese_text_is_chinese():
    """Unless it is the same name in every language."""
    for key, text in texts("zh").items():
        assert re.search(r"[\u4e00-\u9fff]", text) or text == texts("en")[key], (key, text)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_no_text_is_written_in_the_code(module):
    """Whatever people read or hear stands in a text file."""
    for template in templates(module.read_text()):
        for text in said(template):
            plain = text.replace(HOLE, " ")
            for name in NAMES:
                plain = plain.replace(name, "")
            assert not LETTER.search(plain), (plain.strip(), template[:200])


def test_every_text_that_is_named_is_there_and_every_text_is_used():
    """A key that nothing names is a text that nobody keeps true; words for every screen stand in ``page``."""
    whole, begun = set(), set()
    for module in MODULES:
        found = keys_of(module.read_text())
        whole, begun = whole | found[0], begun | found[1]
    known = set(texts("en"))
    areas = {key.partition(".")[0] for key in known}
    named = {key for key in whole if key.partition(".")[0] in areas and not key.endswith((".js", ".css", ".json"))}
    assert named - known == set()
    unused = {key for key in known - whole if not any(key.startswith(start) for start in begun)}
    assert {key for key in unused if not key.startswith("page.")} == set()
