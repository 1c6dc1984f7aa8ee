"""What is true of a film, and the comparison with what was reported."""

import pytest

from sophon_report.demo.truth import SeenVisit, TrueVisit, Truth, compare, joined, load_truth
from sophon_report.errors import BadMessage

START_MS = 1_700_000_000_000
TRUTH = Truth(
    visits=(
        TrueVisit("1", 1500, 10_500, "red"),
        TrueVisit("2", 8500, 17_500, "green"),
        TrueVisit(None, 15_500, 24_500, "blue"),
        TrueVisit("1", 22_500, 31_500, "red"),
    ),
    duration_ms=36_000,
)


def reported(*, skip=(), **changed):
    """What a perfect service reports, but for ``skip`` and ``changed`` (``v2={"in_ms": 300}`` adds to visit 2)."""
    visits = []
    for number, visit in enumerate(TRUTH.visits):
        change = changed.get(f"v{number}", {})
        visits.append(
            SeenVisit(
                change.get("identity_id", visit.identity_id),
                START_MS + visit.in_ms + change.get("in_ms", 0),
                START_MS + visit.out_ms + change.get("out_ms", 0),
            )
        )
    return [visit for number, visit in enumerate(visits) if number not in skip]


def test_a_perfect_report_has_no_differences():
    """In whatever order it comes."""
    comparison = compare(TRUTH, list(reversed(reported())), START_MS)
    assert comparison.differences == ()
    assert comparison.right == 4


def test_times_within_the_tolerance_are_right():
    """A detector sees half a face, too."""
    comparison = compare(TRUTH, reported(v0={"in_ms": -400, "out_ms": 500}), START_MS)
    assert comparison.differences == ()


def test_times_out_of_tolerance_are_told():
    """With the direction and by how much."""
    (told,) = compare(TRUTH, reported(v1={"in_ms": 812, "out_ms": -900}), START_MS).differences
    assert told == "green, 8.5 to 17.5 s: in 812 ms too late, out 900 ms too early"


def test_a_visit_that_is_missing_is_told():
    """The other visit of the same person does not stand in for it."""
    (told,) = compare(TRUTH, reported(skip=[3]), START_MS).differences
    assert told == "red, 22.5 to 31.5 s: was not reported"


@pytest.mark.parametrize(("wrong", "words"), [(None, "a stranger"), ("2", "2")])
def test_a_wrong_person_is_told(wrong, words):
    """As long as the times tell which visit is meant, the others stay right."""
    comparison = compare(TRUTH, reported(v0={"identity_id": wrong}), START_MS)
    assert comparison.differences == (f"red, 1.5 to 10.5 s: was taken for {words}",)


def test_an_unknown_who_was_recognised_is_told():
    """A stranger has to stay one."""
    (told,) = compare(TRUTH, reported(v2={"identity_id": "1"}), START_MS).differences
    assert told == "blue (not registered), 15.5 to 24.5 s: was taken for 1"


def test_a_visit_in_two_parts_is_one_wrong_and_one_unexpected():
    """Cut at 12 s, the longer part counts as the visit."""
    cut = START_MS + 12_000
    parts = [SeenVisit("2", START_MS + 8500, cut - 100), SeenVisit("2", cut, START_MS + 17_500)]
    comparison = compare(TRUTH, reported(skip=[1]) + parts, START_MS)
    assert comparison.differences == (
        "green, 8.5 to 17.5 s: in 3500 ms too late",
        "2, 8.5 to 11.9 s, was reported, and nobody was there",
    )


def test_nothing_reported_makes_every_visit_a_difference():
    """None is right."""
    assert compare(TRUTH, [], 0).right == 0
    assert len(compare(TRUTH, [], 0).differences) == 4


def test_short_absences_belong_to_the_visit():
    """Those shorter than the gap, of the same person."""
    visits = [TrueVisit("1", 0, 1000, "red"), TrueVisit("1", 3999, 5000, "red"), TrueVisit("1", 8000, 9000, "red")]
    between = TrueVisit(None, 1500, 2000, "blue")
    expected = (TrueVisit("1", 0, 5000, "red"), between, TrueVisit("1", 8000, 9000, "red"))
    assert joined([*visits, between], 3000) == expected


def test_a_truth_is_read_as_it_was_written(tmp_path):
    """``truth.json`` holds all of it."""
    path = tmp_path / "truth.json"
    path.write_bytes(TRUTH.dump())
    assert load_truth(path) == TRUTH


@pytest.mark.parametrize("content", [b"", b"[]", b'{"visits": [{}]}', b'{"visits": []}', b"\xff"])
def test_what_is_no_truth_is_refused(tmp_path, content):
    """The message names the file."""
    path = tmp_path / "truth.json"
    path.write_bytes(content)
    with pytest.raises(BadMessage, match=r"truth\.json"):
        load_truth(path)
