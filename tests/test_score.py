"""The score scale: two lines that meet at the pass mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.score import card_raw, cosine_of, score_pct, vendor_raw

SFACE = 0.489
marks = st.floats(0.05, 0.95)


def test_the_pass_mark_of_the_model_is_82_and_raw_055():
    """Cosine 0.489 of the default embedder, 82 and the vendor's 0.55 are one point."""
    assert score_pct(SFACE, SFACE) == 82.0
    assert vendor_raw(82.0) == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("shown", "raw"),
    [(0.0, 0.0), (41.0, 0.275), (84.926456, 0.6231614), (27.693189, 0.18575), (100.0, 1.0)],
)
def test_vendor_samples_are_met(shown, raw):
    """Scores of the vendor's samples come out on its raw scale."""
    assert vendor_raw(shown) == pytest.approx(raw, abs=1e-5)


@pytest.mark.parametrize(("cosine", "score"), [(-0.3, 0.0), (1.0, 100.0), (1.0000002, 100.0)])
def test_scores_stay_between_0_and_100(cosine, score):
    """A negative cosine is 0, one a rounding above 1 is 100."""
    assert score_pct(cosine, SFACE) == score


@given(st.floats(0, 1), marks)
def test_cosine_of_undoes_score_pct(cosine, mark):
    """There and back is where one began."""
    assert cosine_of(score_pct(cosine, mark), mark) == pytest.approx(cosine, abs=1e-9)


@given(st.floats(-1, 1), st.floats(-1, 1), marks)
def test_a_greater_cosine_never_scores_less(one, other, mark):
    """The scale keeps the order."""
    assert score_pct(min(one, other), mark) <= score_pct(max(one, other), mark)


@pytest.mark.parametrize(("shown", "raw"), [(0, 0), (60, 0.175), (71, 0.225), (82, 0.275), (100, 1)])
def test_the_marks_of_identity_cards_lie_between_possible_and_very_likely(shown, raw):
    """The vendor's three words, and the ends of the scale."""
    assert card_raw(shown) == pytest.approx(raw)


@given(st.floats(0, 100), st.floats(0, 100))
def test_more_alike_is_more_on_the_scale_of_cards(one, other):
    """No score changes places with another."""
    assert (one < other) == (card_raw(one) < card_raw(other)) or one == pytest.approx(other)
