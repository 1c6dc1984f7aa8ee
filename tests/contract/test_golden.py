"""A few events in every form that leaves the box, as files to be read: a change of any body is seen in a review.

``pytest tests/contract/test_golden.py --golden-write`` writes the files anew. A form that joins joins by itself.
"""

import json
import re
from pathlib import Path

import pytest
from events import each_of, telling

from sophon_report.config import Compat
from sophon_report.model import Recognition
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.layouts import LAYOUTS, body

GOLDEN = Path(__file__).parent / "golden"
HOW = "run: pytest tests/contract/test_golden.py --golden-write"


def pretty(content):
    """JSON a key a line, lists of numbers on one."""
    text = json.dumps(json.loads(content), ensure_ascii=False, indent=2)
    return re.sub(r"\[\s+([\d\s.,-]+?)\s+\]", lambda found: f"[{' '.join(found.group(1).split())}]", text) + "\n"


def streams():
    for dialect in DIALECTS.values():
        for who, event in each_of(Recognition).items():
            yield f"ws_{dialect.name}.{who}.json", pretty(dialect.encode(event, True, True, Compat()))


def posts():
    for layout in LAYOUTS.values():
        for who, event in each_of(layout.tells).items():
            if layout.wants(event):
                yield f"{layout.name}.{who}.json", pretty(body(layout, event, telling(), "json")[0])


def form():
    layout = LAYOUTS["g1"]
    content, _ = body(layout, each_of(layout.tells)["known"], telling(), "form-data")
    yield "g1.known.form-data.txt", content.decode("utf-8").replace("\r\n", "\n")


TOLD = {**dict(streams()), **dict(posts()), **dict(form())}


@pytest.mark.parametrize("name", TOLD)
def test_an_event_is_told_as_its_golden_file_says(name, pytestconfig):
    """To the last key, in order."""
    path = GOLDEN / name
    if pytestconfig.getoption("--golden-write"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(TOLD[name], "utf-8")
    assert path.exists(), f"{path} is missing; {HOW}"
    assert path.read_text("utf-8") == TOLD[name], f"if this is meant, {HOW}"


def test_there_is_no_golden_file_of_a_form_that_is_gone():
    """Each file is told by something."""
    assert {path.name for path in GOLDEN.iterdir()} == set(TOLD)
