"""Visits: one decision and one ended stay per person and device."""

import pytest
from scenes import Scene, brief, known, ms, nobody, shot

from sophon_report.config import VisitRules
from sophon_report.model import Device, DeviceType, Progress, Track
from sophon_report.recognition.visits import MAX_DEVICES, MAX_TRACKS


class TestDecision:
    def test_a_known_person_is_told_at_the_first_picture(self):
        """A match needs no settled time."""
        scene = Scene()
        [told] = scene.shot(shot(1, at=0.2), known("ada"), good=False)
        assert (told.in_ms, told.recognised_ms, told.match.identity.name) == (ms(0), ms(0.2), "Ada")

    def test_a_known_person_is_told_once(self):
        """Further matches of the track are not pushed."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        assert scene.shot(shot(1, at=0.4, clarity=200), known("ada", 95)) == []

    def test_an_unmatched_face_is_a_stranger_after_the_settled_time(self):
        """Not before ``stranger_after_s``, then at the next sign of life; the best picture tells when."""
        scene = Scene()
        assert scene.shot(shot(1, at=0.3), nobody()) == []
        assert scene.seen(1.4, (1, 0, 1.4)) == []
        [told] = scene.seen(1.6, (1, 0, 1.6))
        assert (told.recognised_ms, told.match.identity) == (ms(0.3), None)

    def test_a_stranger_needs_one_good_picture(self):
        """Poor pictures wait for a good one."""
        scene = Scene()
        scene.shot(shot(1, at=0.3), nobody(), good=False)
        assert scene.seen(5, (1, 0, 5)) == []
        assert brief(scene.shot(shot(1, at=5.2), nobody())) == [("recognition", "e1", "stranger")]

    def test_a_poor_picture_is_enough_when_the_face_leaves(self):
        """Nobody who was seen goes unreported."""
        scene = Scene()
        scene.shot(shot(1, at=0.3), nobody(), good=False)
        assert brief(scene.end(1, 0, 0.6)) == [("recognition", "e1", "stranger")]
        [visit] = scene.seen(3.7)
        assert (visit.in_ms, visit.recognised_ms, visit.out_ms) == (ms(0), ms(0.3), ms(0.6))

    def test_a_poor_picture_is_enough_after_the_longest_stay(self):
        """Who never shows a good face is told after ``max_s``."""
        scene = Scene()
        scene.shot(shot(1, at=0.3), nobody(), good=False)
        kinds = [kind for kind, _, _ in brief(scene.seen(60, (1, 0, 60)))]
        assert kinds == ["recognition", "visit:max", "recognition"]

    def test_a_track_without_a_picture_is_nobody(self):
        """What vision never found worth a picture is no event."""
        scene = Scene()
        scene.seen(1, (1, 0, 1))
        scene.end(1, 0, 1.2)
        assert scene.seen(10) == []
        assert scene.book.stats().open_tracks == 0


class TestEnd:
    def test_a_visit_ends_when_the_gap_has_passed(self):
        """``out_ms`` is when the face was last seen, not when it was given up."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.seen(2, (1, 0, 1.9))
        scene.end(1, 0, 1.9)
        assert scene.seen(4.9) == []
        [visit] = scene.seen(5)
        assert (visit.event_id, visit.out_ms, visit.ended_by) == ("e1", ms(1.9), "left")

    def test_a_new_track_of_the_person_within_the_gap_goes_on_with_the_visit(self):
        """Whoever comes back in time has not left, and is not pushed again."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.end(1, 0, 1)
        assert scene.shot(shot(2, at=3.9, since=3.8), known("ada")) == []
        scene.end(2, 3.8, 5)
        assert [visit.out_ms for visit in scene.seen(9)] == [ms(5)]

    def test_a_new_track_after_the_gap_is_a_new_visit(self):
        """The old visit is ended before the new one is told, even with no message between."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.end(1, 0, 1)
        entries = scene.shot(shot(2, at=4.2, since=4.1), known("ada"))
        assert brief(entries) == [("visit:left", "e1", "ada"), ("recognition", "e2", "ada")]

    def test_a_face_that_came_in_time_but_is_not_decided_keeps_the_visit_open(self):
        """The picture of who came back may come a little after the gap."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.end(1, 0, 1)
        scene.seen(3.9, (2, 3.8, 3.9))
        assert scene.seen(4.3, (2, 3.8, 4.3)) == []
        assert scene.shot(shot(2, at=4.4, since=3.8), known("ada")) == []

    def test_an_undecided_face_keeps_a_visit_open_for_the_stranger_time_only(self):
        """A face that never shows does not hold up another's report."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.end(1, 0, 1)
        scene.seen(3.9, (2, 3.8, 3.9))
        assert brief(scene.seen(5.6, (2, 3.8, 5.6))) == [("visit:left", "e1", "ada")]

    def test_a_track_whose_end_was_lost_ends_when_it_is_not_listed(self):
        """A missing ``track_end`` does not keep a visit open for ever."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        assert brief(scene.seen(3.3)) == [("visit:left", "e1", "ada")]

    def test_the_longest_visit_ends_and_the_next_goes_on_from_there(self):
        """A person who stays is told anew; the two visits meet."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        visit, again = scene.seen(60.1, (1, 0, 60.1))
        assert (visit.event_id, visit.ended_by, again.event_id) == ("e1", "max", "e2")
        assert visit.out_ms == again.in_ms == again.recognised_ms == ms(60.1)
        scene.end(1, 0, 70)
        assert [entry.event_id for entry in scene.seen(74)] == ["e2"]

    def test_a_clock_set_forward_by_a_year_is_one_long_visit(self):
        """Not one visit for each hour of it."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        year = 365 * 86_400.0
        assert len(scene.seen(year, (1, 0, year))) == 2

    def test_a_clock_set_back_ends_what_is_open_and_goes_on(self):
        """The old times do not keep the new visits from ending."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        assert brief(scene.seen(-3600)) == [("visit:lost", "e1", "ada")]
        scene.shot(shot(2, at=-3599, since=-3600), known("ada"))
        scene.end(2, -3600, -3598)
        assert brief(scene.seen(-3594))[-1] == ("visit:left", "e2", "ada")
        assert scene.book.stats().clock_steps == 1

    def test_progress_comes_every_ten_seconds_at_most(self):
        """A sign of life with the last time known."""
        scene = Scene()
        scene.shot(shot(1, at=0), known("ada"))
        for tick in range(1, 61):
            scene.seen(tick / 2, (1, 0, tick / 2))
        assert scene.told[1:] == [Progress("e1", ms(10)), Progress("e1", ms(20)), Progress("e1", ms(30))]


class TestWhoseVisit:
    def test_two_tracks_of_one_person_are_one_visit(self):
        """The visit ends with the last of them."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        assert scene.shot(shot(2, at=0.4, since=0.3), known("ada")) == []
        scene.end(1, 0, 1)
        assert scene.seen(8, (2, 0.3, 8)) == []
        scene.end(2, 0.3, 9)
        assert [entry.out_ms for entry in scene.seen(13)] == [ms(9)]

    def test_two_people_are_two_visits(self):
        """Side by side, each has an event of their own."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        assert brief(scene.shot(shot(2, at=0.2), known("bob"))) == [("recognition", "e2", "bob")]

    def test_a_stranger_who_looks_the_same_goes_on_with_the_visit(self):
        """Unmatched faces are compared with the strangers who just left."""
        scene = Scene()
        scene.shot(shot(1, at=0.2, face=1), nobody())
        scene.end(1, 0, 2)
        scene.shot(shot(2, at=3.2, since=3.1, face=1), nobody())
        assert scene.end(2, 3.1, 4) == []
        assert [entry.out_ms for entry in scene.seen(8)] == [ms(4)]

    def test_another_stranger_is_another_visit(self):
        """A face below the mark is somebody else."""
        scene = Scene()
        scene.shot(shot(1, at=0.2, face=1), nobody())
        scene.end(1, 0, 2)
        scene.shot(shot(2, at=3.2, since=3.1, face=2), nobody())
        assert brief(scene.end(2, 3.1, 4)) == [("recognition", "e2", "stranger")]

    def test_a_stranger_who_matches_later_is_not_pushed_again(self):
        """The ended visit carries the best match."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), nobody())
        scene.seen(2, (1, 0, 2))
        assert scene.shot(shot(1, at=3), known("ada")) == []
        scene.end(1, 0, 4)
        assert brief(scene.seen(8)) == [("visit:left", "e1", "ada")]

    def test_a_stranger_who_turns_out_to_be_here_already_ends_on_their_own(self):
        """Both visits were told, both end; a new track of the person joins the older."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.shot(shot(2, at=0.2, face=2), nobody())
        scene.seen(2, (1, 0, 2), (2, 0, 2))
        scene.shot(shot(2, at=3), known("ada"))
        scene.end(2, 0, 3)
        scene.shot(shot(3, at=5, since=4), known("ada"))
        scene.end(1, 0, 5)
        scene.end(3, 4, 6)
        visits = {entry.event_id: entry.out_ms for entry in scene.seen(7) + scene.seen(10)}
        assert visits == {"e1": ms(6), "e2": ms(3)}

    def test_the_history_carries_the_best_picture_and_the_best_match(self):
        """Each by its own measure; a later poor picture changes neither."""
        scene = Scene()
        scene.shot(shot(1, at=0.2, clarity=100), known("ada", 85))
        scene.shot(shot(1, at=0.4, clarity=300), nobody(70))
        scene.shot(shot(1, at=0.6, clarity=200), known("ada", 95))
        scene.end(1, 0, 1)
        [visit] = scene.seen(5)
        assert (visit.shot.captured_ms, visit.match.score_pct, visit.recognised_ms) == (ms(0.4), 95, ms(0.2))

    def test_an_embedding_that_cannot_be_read_is_like_nobody(self):
        """Vectors of another length or model are never compared."""
        scene = Scene()
        odd = shot(1, at=0.2)
        for number, embedding in enumerate([b"", b"abc", odd.embedding[:8], b"\x00\x00\xc0\x7f" * 16], start=1):
            picture = shot(number, at=0.2)
            scene.shot(type(picture)(**{**vars(picture), "embedding": embedding}), nobody())
            scene.end(number, 0, 1)
        assert scene.book.stats().recognitions == 4


class TestDisorder:
    def test_a_late_picture_of_an_ended_track_betters_the_visit(self):
        """Computing may take longer than the track lived."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), nobody())
        scene.end(1, 0, 1)
        scene.shot(shot(1, at=0.9, clarity=500), known("ada"))
        assert brief(scene.seen(5)) == [("visit:left", "e1", "ada")]

    def test_a_first_picture_after_the_end_of_the_track_is_not_lost(self):
        """It is decided at once."""
        scene = Scene()
        scene.end(1, 0, 1)
        assert brief(scene.shot(shot(1, at=0.5), nobody(), good=False)) == [("recognition", "e1", "stranger")]
        assert [entry.out_ms for entry in scene.seen(5)] == [ms(1)]

    def test_messages_about_an_ended_visit_change_nothing(self):
        """Repeated pictures and ends of a track that is over are counted, not told."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.end(1, 0, 1)
        scene.seen(5)
        assert scene.shot(shot(1, at=0.2), known("ada")) == []
        assert scene.end(1, 0, 1) == []
        assert scene.seen(0.5, (1, 0, 0.5)) == []
        assert scene.seen(20) == []
        assert scene.book.stats().late_messages >= 2

    def test_times_the_wrong_way_round_never_leave_before_they_enter(self):
        """In, recognised and out keep their order whatever was sent."""
        scene = Scene()
        [told] = scene.shot(shot(1, at=0.2, since=0.9), known("ada"))
        scene.end(1, 5, -5)
        [visit] = scene.seen(9)
        assert told.in_ms == visit.in_ms <= told.recognised_ms <= visit.out_ms


class TestLoss:
    def test_vision_lost_ends_everything_with_the_last_time_known(self):
        """The decided, the undecided and the waiting; track numbers may begin anew."""
        scene = Scene()
        scene.shot(shot(1, at=0.2, face=1), known("ada"))
        scene.shot(shot(2, at=0.2, face=2), nobody(), good=False)
        scene.shot(shot(3, at=0.2, face=3), known("cyd"))
        scene.end(3, 0, 0.5)
        scene.seen(1, (1, 0, 0.9), (2, 0, 0.8))
        entries = scene.book.all_lost()
        assert brief(entries) == [
            ("recognition", "e3", "stranger"),
            ("visit:lost", "e1", "ada"),
            ("visit:left", "e2", "cyd"),
            ("visit:lost", "e3", "stranger"),
        ]
        assert [entry.out_ms for entry in entries[1:]] == [ms(0.9), ms(0.5), ms(0.8)]
        assert brief(scene.shot(shot(1, at=2, since=2), known("ada"))) == [("recognition", "e4", "ada")]

    def test_a_removed_device_leaves_the_others_alone(self):
        """Only its own visits end."""
        scene = Scene()
        other = Device("gate", "gate", DeviceType.RTSP, "rtsp://10.0.0.22/ch1")
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.book.shot(other, shot(1, at=0.2, door="gate"), known("ada"), True)
        assert [entry.device for entry in scene.book.device_lost("gate")] == [other]
        assert scene.book.stats().open_visits == 1
        assert scene.book.device_lost("gate") == scene.book.device_lost("never") == []

    def test_a_stopping_service_ends_visits_as_restart(self):
        """The history says why they ended."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        assert brief(scene.book.close_all()) == [("visit:restart", "e1", "ada")]


class TestForget:
    def test_the_visits_of_an_erased_person_end_without_a_word(self):
        """Others go on; who still stands there is a new face."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("eve"))
        scene.shot(shot(2, at=0.3, face=2), known("ada"))
        assert scene.book.forget({"eve"}, set()) == {"e1"}
        assert scene.book.stats().open_visits == 1
        assert scene.seen(1, (1, 0, 1), (2, 0, 1)) == []
        assert brief(scene.shot(shot(1, at=3, clarity=200), nobody())) == [("recognition", "e3", "stranger")]
        ended = brief(scene.end(1, 0, 4) + scene.end(2, 0, 4) + scene.seen(9))
        assert sorted(ended) == [("visit:left", "e2", "ada"), ("visit:left", "e3", "stranger")]

    def test_a_visit_is_dropped_by_its_event_too(self):
        """Whoever it is of by now."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        assert scene.book.forget(set(), {"e1", "e9"}) == {"e1"}
        assert scene.seen(9) == []

    def test_a_face_that_once_looked_like_the_person_leaves_anothers_visit(self):
        """That visit ends as if the track had."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada", 90))
        scene.end(1, 0, 0.3)
        scene.shot(shot(2, at=0.6, since=0.5), known("ada", 85))
        scene.shot(shot(2, at=0.8, since=0.5, clarity=200), known("eve", 88))
        assert scene.book.forget({"eve"}, set()) == set()
        assert brief(scene.seen(9)) == [("visit:left", "e1", "ada")]


class TestBounds:
    def test_tracks_over_the_bound_are_counted_and_not_followed(self):
        """Those that are followed go on."""
        scene = Scene()
        scene.seen(0, *((number, 0, 0) for number in range(MAX_TRACKS)))
        assert scene.shot(shot(MAX_TRACKS, at=0.1), known("ada")) == []
        assert len(scene.shot(shot(1, at=0.2), known("ada"))) == 1
        assert (scene.book.stats().open_tracks, scene.book.stats().refused_tracks) == (MAX_TRACKS, 1)

    def test_a_device_over_the_bound_takes_the_place_of_an_idle_one(self):
        """With somebody before each of them it is refused and counted."""
        scene = Scene()
        for number in range(MAX_DEVICES):
            camera = Device(f"cam{number}", "", DeviceType.RTSP, "rtsp://10.0.0.1/")
            scene.book.shot(camera, shot(1, at=0.2), known("ada"), True)
        assert scene.shot(shot(1, at=0.3), known("ada")) == []
        assert scene.book.stats().refused_devices == 1
        scene.book.track_end("cam7", Track(1, ms(0), ms(1)))
        scene.book.seen("cam7", ms(20), [])
        assert len(scene.shot(shot(1, at=0.3), known("ada"))) == 1

    def test_somebody_whose_track_breaks_for_an_hour_fills_nothing(self):
        """Ended tracks of an open visit are forgotten."""
        scene = Scene(VisitRules(gap_s=3, max_s=3600, stranger_after_s=1.5))
        for number in range(2000):
            scene.shot(shot(number, at=number + 0.2, since=number), known("ada"))
            scene.end(number, number, number + 0.9)
        stats = scene.book.stats()
        assert (stats.recognitions, stats.open_visits, stats.refused_tracks) == (1, 1, 0)
        assert stats.open_tracks < 10

    def test_new_rules_go_for_open_visits(self):
        """``apply`` does not end what is open."""
        scene = Scene()
        scene.shot(shot(1, at=0.2), known("ada"))
        scene.book.apply(VisitRules(gap_s=10), 0.5)
        scene.end(1, 0, 1)
        assert scene.seen(9) == []
        assert len(scene.seen(11.5)) == 1


@pytest.mark.parametrize("close", ["all_lost", "close_all"])
def test_an_empty_book_has_nothing_to_close(close):
    """Stopping twice tells nothing."""
    scene = Scene()
    assert getattr(scene.book, close)() == []
