"""The page of accuracy: what is counted, and that the README repeats it."""

import json
import re
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
PAGE = REPO / "docs" / "accuracy" / "README.md"
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
    """Nothing is hidden, and nothing is made up; how long an emulator took is nobody's business."""
    measured, kept = tmp_path / "figures.json", tmp_path / "chips.json"
    assert chips.section(chips.keep(measured, kept)) == ""
    row = {"role": "embedder", "chip": "BM1684", "precision": "int8", "input": "112x112", "pictures": 8}
    rows = [
        {**row, "batch": batch, "cosine_min": lowest, "cosine_median": 0.99, "emulator_seconds_a_run": 1.5}
        for batch, lowest in ((1, 0.96), (4, 0.98))
    ]
    measured.write_text(json.dumps([*reversed(rows), {**row, "batch": 2}]))
    told = chips.section(chips.keep(measured, kept)).splitlines()[-2:]
    assert ["not reached" in line for line in told] == [True, False]
    measured.unlink()
    assert chips.section(chips.keep(measured, kept)).splitlines()[-2:] == told
    assert "seconds" not in kept.read_text()


def accuracy_of_the_readme():
    """Its section, and what that says of the chips."""
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    return readme.split("\n## Accuracy\n")[1].split("\n## ")[0].split("\n### On the chips\n")


def decimals(text):
    return set(re.findall(r"\d+\.\d+", text))


def test_the_figures_of_the_readme_are_those_of_the_page():
    """Every one with a decimal point; the page is written anew by the script, the README by hand."""
    said, measured = decimals(accuracy_of_the_readme()[0]), decimals(PAGE.read_text(encoding="utf-8"))
    assert said
    assert said <= measured


def test_the_figures_of_chips_are_those_that_are_kept():
    """The page tells all of them, the README some, rounded, and the goals."""
    rows = json.loads((PAGE.parent / "chips.json").read_bytes())
    assert chips.section(rows) in PAGE.read_text(encoding="utf-8")
    values = [value for row in rows for value in row.values() if isinstance(value, float)]
    values += [chips.FLOAT_COSINE, chips.INT8_FEATURE_COSINE, chips.IOU_GOAL]
    said = decimals(accuracy_of_the_readme()[1])
    rounded = {f"{value:.{places}f}" for value in values for places in {len(each.split(".")[1]) for each in said}}
    assert said
    assert said <= rounded
