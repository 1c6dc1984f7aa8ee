"""What the page's own code may not do, so that no text from outside is ever HTML and its policy never broken."""

import hashlib
import re
from pathlib import Path

import pytest

from sophon_report.api.page_files import KINDS

WEB = Path(__file__).resolve().parents[2] / "sophon_report" / "web"
OURS = sorted(
    path for path in WEB.rglob("*") if path.suffix in (".js", ".css", ".html") and "vendor" not in path.parts
)
MODULES = [path for path in OURS if path.suffix == ".js"]
FORBIDDEN = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "unsafeHTML",
    "unsafeSVG",
    "eval(",
    "new Function",
    'setAttribute("style"',
    " style=",  # an attribute, which the policy forbids; the property `.style` is allowed
    "javascript:",
    "http://",
    "https://",
)


def name(path):
    """As a test names it."""
    return path.relative_to(WEB).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_makes_no_html_of_values_and_names_no_other_site(path):
    """A template's values are text; a style is a class."""
    source = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert [word for word in FORBIDDEN if word in source] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_that_is_imported_is_there(path):
    """By a path of its own: a browser knows no package."""
    for target in re.findall(r"""(?<![\w/"'.-])(?:from|import)\s*\(?["']([^"']+)["']""", path.read_text()):
        assert target.startswith("."), target
        assert (path.parent / target).resolve().is_file(), target


@pytest.mark.parametrize(
    "path",
    [path for path in OURS if path.suffix == ".css" and path.name not in ("tokens.css", "docs.css")],
    ids=name,
)
def test_a_colour_is_named_in_one_file_only(path):
    """So that light and dark are right everywhere."""
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", path.read_text()) == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_can_be_read_in_one_sitting(path):
    """And no line of it is endless."""
    lines = path.read_text().splitlines()
    assert len(lines) <= 400
    assert [line for line in lines if len(line) > 200 and not line.lstrip().startswith("*")] == []


def test_no_file_of_the_page_has_a_kind_that_is_not_served():
    """But for licences and what is written for those who write texts."""
    others = {path.name for path in WEB.rglob("*") if path.is_file() and path.suffix not in KINDS}
    assert others <= {"LICENSE", "README.md", "lit-html.txt"}


def test_the_library_is_the_one_that_npm_has():
    """Byte for byte, with its licence: ``vendor/lit-html/lit-html.txt`` says which."""
    folder = WEB / "vendor" / "lit-html"
    listed = dict(reversed(line.split("  ")) for line in (folder / "lit-html.txt").read_text().splitlines()[2:])
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
        "lit-html.txt"
    }
    assert found == set(listed)
    for file, digest in listed.items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest, file
