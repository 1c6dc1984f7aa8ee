"""What is wrong right now: each thing once, with its code, the values of its words and where it is mended."""

import dataclasses

import pytest
from samples import device
from snapshots import snapshot, zeros

from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.reason import Reason
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.delivery.ws_server import EventServerStats
from sophon_report.link.messages import DeviceState
from sophon_report.ops.certificate import CertificateStats
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.stranger_lookup import StrangerStats
from sophon_report.report.event_feed import EventFeedStats
from sophon_report.report.health import judge
from sophon_report.report.problem_watch import GROWS_LOOKS, LOOK_S, ProblemWatch
from sophon_report.report.problems import DAY_MS, Beside, found, noticed
from sophon_report.report.supervisor import SupervisorStats

NOW_MS = snapshot().now_ms
JOURNAL = zeros(JournalStats, failing=False, dropped_undelivered={})


def certified(days, problem=""):
    shown = zeros(CertificateStats, expires_ms=NOW_MS + days * DAY_MS, problem=problem)
    return zeros(EventServerStats, clients=(), certificate=shown)


def destination(state, **changes):
    return DestinationStats("平台 1/a", state, **changes)


CASES = [
    ({"connected": False, "supervisor": SupervisorStats(None, 1, "killed")}, "vision_gone", "system/health"),
    ({"journal": dataclasses.replace(JOURNAL, failing=True)}, "journal_failing", "system/health"),
    ({"states": {"d/1": DeviceState("d/1", "offline", "no answer")}}, "camera_off", "cameras/edit/d%2F1"),
    ({"destinations": (destination(State.PAUSED),)}, "destination_paused", "upload"),
    ({"destinations": (destination(State.WAITING),)}, "destination_failing", None),
    ({"destinations": (destination(State.IDLE, dropped=3, backlog=1),)}, "events_dropped", None),
    (
        {"destinations": (destination(State.IDLE, dead_letters=3),)},
        "dead_letters",
        "upload/refused/%E5%B9%B3%E5%8F%B0%201%2Fa",
    ),
    ({"status": (StatusPostStats("box", "http://a", last_error="refused"),)}, "status_report", "system/settings"),
    ({"people": zeros(KnownPeopleStats, faces=95_000)}, "many_people", "people"),
    ({"people": zeros(KnownPeopleStats, other_embedder=1)}, "gallery_model", "people"),
    ({"strangers": zeros(StrangerStats, writes_failing=True)}, "strangers_unwritten", "system/health"),
    ({"history": zeros(EventFeedStats, problem="damaged")}, "history_stopped", "system/health"),
    ({"clients": certified(3)}, "certificate_ends", "access/tls"),
    ({"clients": certified(-1)}, "certificate_over", "access/tls"),
    ({"clients": certified(300, "no key")}, "certificate_kept", "access/tls"),
    (
        {"journal": dataclasses.replace(JOURNAL, free_bytes=9, reserve_bytes=8)},
        "disk_nearly_full",
        "system/health",
    ),
    ({"now_ms": 0}, "clock_not_set", "system/health"),
]


@pytest.mark.parametrize(("changes", "code", "place"), CASES, ids=[case[1] for case in CASES])
def test_each_thing_has_one_code_and_the_place_that_mends_it(changes, code, place):
    """Names in the place are written so that the page finds them again, whatever is in them."""
    now = snapshot(**changes)
    [problem] = [*found(now), *noticed(now, Beside())]
    assert problem.code == code
    assert place is None or problem.place == place
    assert problem.text


def test_nothing_is_wrong_with_a_service_at_rest():
    """The list is empty then."""
    assert found(snapshot()) + noticed(snapshot(), Beside()) == []


def test_reasons_go_with_their_codes():
    """The page has words for them in each language."""
    said = {"last_error": str(Reason("HTTP 404", "http_404")), "last_error_code": "http_404", "last_status": 404}
    [problem] = found(snapshot(destinations=(destination(State.PAUSED, backlog=7, **said),)))
    assert problem.values == {
        "reason": "HTTP 404",
        "reason_code": "http_404",
        "status": 404,
        "backlog": 7,
        "losing": False,
    }


def test_what_is_only_a_notice_degrades_no_health():
    """A made-up password and refused events are no reason to restart anything."""
    now = snapshot(destinations=(destination(State.IDLE, dead_letters=3),))
    assert judge(now).status == "ok"
    beside = Beside(waiting=("server.api_port",), password_made_up=True)
    assert [each.code for each in noticed(now, beside)] == ["dead_letters", "restart_waits", "password_made_up"]


def test_a_start_without_the_stored_certificate_is_told_with_the_reason():
    """The page leads to where another one is made."""
    [problem] = noticed(snapshot(), Beside(tls_fault="access.tls_cert: it cannot be read"))
    assert (problem.code, problem.place) == ("certificate_unused", "access/tls")
    assert problem.values == {"reason": "access.tls_cert: it cannot be read"}


class Watched:
    """A watch, and the time that goes by for it."""

    def __init__(self):
        self.watch, self.steady_ms, self.wall_ms = ProblemWatch(), 0.0, NOW_MS

    def look(self, after_s=LOOK_S, set_by_ms=0, **changes):
        self.steady_ms += after_s * 1000
        self.wall_ms += round(after_s * 1000) + set_by_ms
        return self.watch.look(snapshot(now_ms=self.wall_ms, **changes), self.steady_ms, Beside())


def test_a_problem_keeps_the_time_at_which_it_was_first_seen_until_it_is_gone():
    """And has another one when it comes again."""
    watched, off = Watched(), {"states": {"door": DeviceState("door", "offline")}}
    first = watched.look(**off)[0].since_ms
    assert watched.look(**off)[0].since_ms == first
    assert watched.look() == []
    assert watched.look(**off)[0].since_ms == watched.wall_ms


def test_a_backlog_that_grows_for_minutes_is_told_and_one_that_shrinks_is_not():
    """However often somebody asks meanwhile."""
    watched, codes = Watched(), []
    for backlog in range(1, GROWS_LOOKS + 2):
        codes = [each.code for each in watched.look(destinations=(destination(State.IDLE, backlog=backlog),))]
        assert not codes or backlog >= GROWS_LOOKS
        watched.look(0.1, destinations=(destination(State.IDLE, backlog=backlog),))
    assert codes == ["backlog_grows"]
    assert watched.look(destinations=(destination(State.IDLE, backlog=5),)) == []


def test_a_camera_that_is_online_and_gives_no_picture_is_told():
    """Until it gives one."""
    watched, devices = Watched(), (device("door"),)

    def seen(frames):
        return watched.look(devices=devices, states={"door": DeviceState("door", "online", frames=frames)})

    assert [[each.code for each in seen(frames)] for frames in (1, 2, 2, 2, 2, 3)] == [
        *([], [], [], []),
        ["camera_stalled"],
        [],
    ]


def test_a_clock_that_was_set_is_told_for_an_hour_and_one_that_drifts_is_not():
    """By how much, and in which direction."""
    watched = Watched()
    watched.look()
    assert watched.look(set_by_ms=900) == []
    [problem] = watched.look(set_by_ms=-3_600_000)
    assert (problem.code, problem.values) == ("clock_jumped", {"by_s": -3600})
    assert watched.look(3500)
    assert watched.look(200) == []


def test_the_worst_comes_first():
    """What fails the service before what is amiss, and that before what is to be looked at."""
    problems = Watched().look(
        connected=False,
        states={"door": DeviceState("door", "failed")},
        destinations=(destination(State.IDLE, dead_letters=1),),
        people=zeros(KnownPeopleStats, unusable=2),
    )
    assert [each.severity for each in problems] == ["failing", "warning", "warning", "notice"]
