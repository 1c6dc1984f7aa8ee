"""Visits of people whom the stranger library knows, or files while they are there."""

import pytest
from scenes import Scene, filed, known, nobody, shot

from sophon_report.model import Match, PostAction, Recognition, Visit

NEW, BETTER = PostAction.NEW_STRANGER, PostAction.NEW_PHOTO


def told(entry):
    """Kind of the entry, its event, who, and what is asked."""
    kind = "recognition" if isinstance(entry, Recognition) else "visit"
    who = entry.match.identity
    return kind, entry.event_id, who.identity_id if who else "", entry.post_action


def identity_id(match: Match) -> str:
    return match.identity.identity_id


ONE, TWO = filed(1), filed(2)
ONE_ID, TWO_ID = identity_id(ONE), identity_id(TWO)


class TestDecision:
    """When a stranger of the library is told."""

    def test_who_was_filed_before_is_told_at_once(self):
        """Like a registered person."""
        scene = Scene()
        assert [told(each) for each in scene.shot(shot(1, at=0.1), ONE)] == [("recognition", "e1", ONE_ID, "0")]

    def test_who_is_filed_now_is_told_when_an_unknown_face_would_be(self):
        """The gallery may still know the next picture; the recognition then carries 1001, and the visit too."""
        scene = Scene()
        assert scene.shot(shot(1, at=0.1), nobody()) == []
        assert scene.shot(shot(1, at=0.3), filed(1, 30.0), action=NEW) == []
        assert scene.shot(shot(1, at=0.5), ONE) == []
        assert [told(each) for each in scene.seen(1.6, (1, 0, 1.6))] == [("recognition", "e1", ONE_ID, "1001")]
        assert [told(each) for each in scene.end(1, 0, 2) + scene.seen(9)] == [("visit", "e1", ONE_ID, "1001")]

    def test_who_is_filed_after_the_decision_is_told_by_the_visit(self):
        """The recognition had no id; the history has it."""
        scene = Scene()
        scene.shot(shot(1, at=0.1), nobody())
        assert [told(each) for each in scene.seen(2, (1, 0, 2))] == [("recognition", "e1", "", "0")]
        assert scene.shot(shot(1, at=2.5), filed(1, 30.0), action=NEW) == []
        assert [told(each) for each in scene.end(1, 0, 3) + scene.seen(9)] == [("visit", "e1", ONE_ID, "1001")]

    def test_a_new_photo_is_told_with_the_decision_or_at_the_end(self):
        """Whichever knows of it."""
        scene = Scene()
        assert [told(each)[3] for each in scene.shot(shot(1, at=0.1), ONE, action=BETTER)] == ["1002"]
        scene.shot(shot(2, at=0.1, face=5), TWO)
        scene.shot(shot(2, at=0.4, face=5), TWO, action=BETTER)
        ends = scene.end(1, 0, 1) + scene.end(2, 0, 1) + scene.seen(9)
        assert [told(each) for each in ends] == [
            ("visit", "e1", ONE_ID, "1002"),
            ("visit", "e2", TWO_ID, "1002"),
        ]

    def test_filed_weighs_more_than_a_new_photo(self):
        """A visit in which both happened asks for the first."""
        scene = Scene()
        scene.shot(shot(1, at=0.1), filed(1, 30.0), action=NEW)
        scene.shot(shot(1, at=0.4), ONE, action=BETTER)
        [recognition, visit] = scene.seen(2, (1, 0, 2)) + scene.end(1, 0, 2) + scene.seen(9)
        assert (recognition.post_action, visit.post_action) == ("1001", "1001")

    def test_a_visit_that_goes_on_after_the_longest_time_asks_once(self):
        """The ended one told it."""
        scene = Scene()
        scene.shot(shot(1, at=0.1), ONE, action=BETTER)
        ended, following = scene.seen(61, (1, 0, 61))[-2:]
        assert (told(ended), told(following)) == (
            ("visit", "e1", ONE_ID, "1002"),
            ("recognition", "e2", ONE_ID, "0"),
        )


class TestPeopleFirst:
    """A registered person beats a stranger."""

    @pytest.mark.parametrize("score", [82.5, 99.0])
    def test_a_person_stands_whatever_the_scores(self, score):
        """Before or after the stranger; nothing is asked about a person."""
        for answers in ([ONE, known("ada", score)], [known("ada", score), ONE]):
            scene = Scene()
            for number, answer in enumerate(answers):
                scene.shot(shot(1, at=number / 10), answer, action=BETTER if answer is ONE else PostAction.NOTHING)
            [visit] = [each for each in scene.end(1, 0, 1) + scene.seen(9) if isinstance(each, Visit)]
            assert told(visit) == ("visit", "e1", "ada", "0")
            assert visit.match.score_pct == score

    def test_of_two_strangers_the_better_score_stands(self):
        """As of two people."""
        scene = Scene()
        scene.shot(shot(1, at=0), filed(1, 90.0))
        scene.shot(shot(1, at=0.1), filed(2, 97.0))
        [visit] = scene.end(1, 0, 1) + scene.seen(9)
        assert told(visit)[2] == TWO_ID


class TestJoining:
    """Whose visit a stranger's track goes on with."""

    def test_a_filed_stranger_joins_the_visit_of_the_same_id(self):
        """Whatever the pictures look like."""
        scene = Scene()
        scene.shot(shot(1, at=0), ONE)
        scene.end(1, 0, 1)
        assert scene.shot(shot(2, at=2, since=2, face=7), ONE) == []

    def test_one_who_is_known_now_goes_on_with_the_unknown_one_alike(self):
        """The same visit as with the library off; it carries the id in the end."""
        scene = Scene()
        scene.shot(shot(1, at=0), nobody())
        assert [told(each)[2] for each in scene.end(1, 0, 1)] == [""]
        assert scene.shot(shot(2, at=2, since=2), ONE) == []
        scene.end(2, 2, 3)
        assert [told(each) for each in scene.seen(9)] == [("visit", "e1", ONE_ID, "0")]

    def test_a_poor_picture_goes_on_with_the_filed_one_alike(self):
        """It would have with the library off."""
        scene = Scene()
        scene.shot(shot(1, at=0), ONE)
        scene.end(1, 0, 1)
        scene.shot(shot(2, at=2, since=2), nobody())
        assert scene.end(2, 2, 3) == []
        assert [told(each) for each in scene.seen(9)] == [("visit", "e1", ONE_ID, "0")]

    @pytest.mark.parametrize("before", [known("ada"), TWO])
    def test_nobody_joins_the_visit_of_somebody_else(self, before):
        """A person's, or another stranger's, however alike they look."""
        scene = Scene()
        scene.shot(shot(1, at=0), before)
        scene.end(1, 0, 1)
        assert [told(each)[:3] for each in scene.shot(shot(2, at=2, since=2), ONE)] == [
            ("recognition", "e2", ONE_ID)
        ]

    def test_two_strangers_who_are_one_from_now_on_have_one_visit(self):
        """The open visit goes on under the id that stays; that it was filed under the other is told to nobody."""
        scene = Scene()
        scene.shot(shot(1, at=0), filed(2, 30.0), action=NEW)
        scene.seen(2, (1, 0, 2))
        scene.end(1, 0, 2)
        scene.book.renamed(TWO_ID, ONE.identity)
        assert scene.shot(shot(2, at=3, since=3, face=7), ONE) == []
        scene.end(2, 3, 4)
        assert [told(each) for each in scene.seen(9)] == [("visit", "e1", ONE_ID, "0")]
