"""The page of accuracy: what is counted, and that the README repeats it."""

import re
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "scripts" / "accuracy"))

import chips  # noqa: E402 - found by the line above
import figures  # noqa: E402
from filmed import Film, FilmedFace  # noqa: E402

from sophon_report.demo.scene import write_script  # noqa: E402
from sophon_report.demo.truth import Comparison  # noqa: E402


def film(*faces):
    return Film((), write_script(3), faces, 0, 0, {}, (), Comparison((), ()))


def face(time_ms, stay, person, track_id):
    return FilmedFace(time_ms, stay, person, 100.0, whole=True, score=0.9, track_id=track_id)


def test_a_track_that_changes_within_a_stay_is_a_switch():
    """Who comes back is another track and no switch, nor is a face that no track follows yet."""
    seen = [face(0, 0, 0, 1), face(40, 0, 0, 0), face(80, 0, 0, 1), face(120, 0, 0, 2), face(9000, 3, 0, 5)]
    followed = figures.following(film(*seen))
    assert (followed.switches_ms, followed.tracks, followed.shared) == ((120,), 3, 0)


def test_a_track_with_two_people_is_told():
    """The worst there is: one visit for two."""
    assert figures.following(film(face(0, 0, 0, 1), face(40, 1, 1, 1))).shared == 1


def test_chip_figures_below_the_goal_are_said_and_none_are_no_part_of_the_page(tmp_path):
    """Nothing is hidden, and nothing is made up."""
    assert chips.section(chips.read(tmp_path / "chips.json")) == ""
    row = {
        "role": "embedder",
        "chip": "BM1684",
        "precision": "int8",
        "batch": 1,
        "input": "112x112",
        "pictures": 8,
    }
    told = [
        chips.section([{**row, "cosine_min": lowest, "cosine_median": 0.99}]).splitlines()[-1]
        for lowest in (0.96, 0.98)
    ]
    assert ["not reached" in line for line in told] == [True, False]


def test_the_figures_of_the_readme_are_those_of_the_page():
    """Every one with a decimal point; the page is written anew by the script, the README by hand."""
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    page = (REPO / "docs" / "accuracy" / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## Accuracy\n")[1].split("\n## ")[0]
    said, measured = (set(re.findall(r"\d+\.\d+", text)) for text in (section, page))
    assert said
    assert said <= measured
