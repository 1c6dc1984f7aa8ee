"""What the pages of delivery and troubleshooting say is there: the tests they name, a row for every code."""

import ast
import json
import re
from http import HTTPStatus
from pathlib import Path

import pytest
from document import DOCS, LANGUAGES, REPO, read

from sophon_report.delivery import outcome, reason
from sophon_report.delivery.outcome import Accepted, Pause, Rejected, Retry
from sophon_report.doctor.finding import LEVELS
from sophon_report.errors import SOURCE_REASONS
from sophon_report.ops.data_dir import DataDir
from sophon_report.report import problems

PROVING = ("delivery", "security", "privacy", "code")
NAMED_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
DELIVERY_CODES = {value for name, value in vars(reason).items() if name.isupper() and isinstance(value, str)}
STATUSES = {
    *outcome.RETRY_STATUSES,
    *outcome.REJECTED_STATUSES,
    outcome.GONE,
    *(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED),
}


def text(language, page):
    return (DOCS / language / f"{page}.md").read_text("utf-8")


def first_cells(language):
    """The codes that rows of the page's tables begin with."""
    rows = [line for line in text(language, "troubleshooting").splitlines() if line.startswith("|")]
    return {code for row in rows for code in re.findall(r"`([a-z]\w+)`", row.split("|")[1])}


def told_problems():
    """Those that the code makes: every text of :mod:`problems` that the page has words for."""
    words = json.loads((REPO / "sophon_report" / "web" / "texts" / "en" / "live.json").read_text("utf-8"))
    known = {key.partition("live.wrong_")[2] for key in words if key.startswith("live.wrong_")}
    tree = ast.parse((REPO / "sophon_report" / "report" / "problems.py").read_text("utf-8"))
    made = {
        each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    assert known <= made, "the page has words for what nobody says"
    return known


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PROVING)
def test_every_test_that_a_page_names_is_there(language, page):
    """A promise without its test is only a promise."""
    found = NAMED_TEST.findall(text(language, page))
    assert found
    for path, name in found:
        assert re.search(
            rf"^\s*(async )?def {name}\(", (REPO / "tests" / path).read_text("utf-8"), re.MULTILINE
        ), name


def test_the_promise_has_the_same_tests_in_both_languages():
    """In the same order."""
    english, chinese = (NAMED_TEST.findall(text(each, "delivery")) for each in LANGUAGES)
    assert len(english) > 20
    assert english == chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_reason_has_a_row_in_troubleshooting(language):
    """Of cameras, of destinations, of statuses that are told apart, of what is wrong now."""
    rows = first_cells(language)
    for codes in (SOURCE_REASONS, DELIVERY_CODES, {f"http_{int(each)}" for each in STATUSES}, told_problems()):
        assert len(codes) > 10
        assert set(codes) - rows == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_severities_are_those_of_the_code(language):
    """``failing`` is what makes ``/healthz`` 503."""
    words = dict(zip(problems.SEVERITIES, problems.SEVERITIES if language == "en" else ("故障", "警告", "提示")))
    rows = text(language, "troubleshooting")
    for code in ("vision_gone", "journal_failing"):
        assert re.search(rf"^\| `{code}` \| {words[problems.FAILING]} \|", rows, re.MULTILINE)


def test_the_readme_says_the_same_in_both_languages():
    """Its tables are of the same length, and its code is the same drawing of the path."""
    english, chinese = read(REPO / "README.md"), read(REPO / "README.zh.md")
    assert [level for level, _ in english.headings] == [level for level, _ in chinese.headings]
    rows = [
        sum(line.startswith("|") for line in page.path.read_text("utf-8").splitlines())
        for page in (english, chinese)
    ]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_doctor_may_say_is_in_troubleshooting(language):
    """By the id that programs go by."""
    said = set()
    for path in (REPO / "sophon_report" / "doctor").glob("*.py"):
        for each in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in LEVELS:
                said |= {one.value for one in each.args[:1] if isinstance(one, ast.Constant)}
    assert len(said) > 20
    assert said - first_cells(language) == set()


def test_the_readme_in_chinese_names_every_folder_of_the_package_too():
    """As that in English does."""
    tree = (REPO / "README.zh.md").read_text("utf-8").partition("\n## 架构\n")[2]
    folders = {path.parent.name for path in (REPO / "sophon_report").glob("*/__init__.py")}
    assert {folder for folder in folders if f"  {folder}/" not in tree} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_retries_says_what_the_code_does(language):
    """Each status stands in the row of what comes of it."""
    meaning = {"2xx": Accepted, "408": Retry, "400": Rejected, "401": Pause, "410": Pause}
    rows = [
        line.split("|")[1].strip() for line in text(language, "delivery").splitlines() if line.startswith("| ")
    ]
    for first, kind in meaning.items():
        [row] = [row for row in rows if row.startswith(first)]
        for status in re.findall(r"\d(?:\d\d|xx)", row):
            for one in range(int(status[0]) * 100, int(status[0]) * 100 + 100) if "x" in status else [int(status)]:
                if not ("x" in status and f"{one}" in ("408", "425", "429")):
                    assert isinstance(outcome.classify(one), kind), one


@pytest.mark.parametrize("language", LANGUAGES)
def test_privacy_names_every_place_that_may_hold_people(language):
    """A new file of the data folder is told there, or holds nobody."""
    nobody = {"erasing", "wiping", "admin_password", "tls", "models", "vision_socket", "admin_socket"}
    place = DataDir(Path("/d"))
    names = {name for name, value in vars(DataDir).items() if isinstance(value, property) and name[0] != "_"}
    said = text(language, "privacy")
    for name in names - nobody:
        found = getattr(place, name)
        for path in found if isinstance(found, tuple) else [found]:
            assert f"`{path.name}" in said or path.suffix == ".part", f"{name}: {path.name}"
