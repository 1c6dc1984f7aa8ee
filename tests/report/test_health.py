"""What makes the service fail, and what is only amiss."""

import pytest
from snapshots import snapshot, zeros

from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.delivery.ws_server import EventServerStats
from sophon_report.link.messages import DeviceState
from sophon_report.ops.certificate import CertificateStats
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.stranger_lookup import StrangerStats
from sophon_report.report.event_feed import EventFeedStats
from sophon_report.report.health import judge
from sophon_report.report.supervisor import SupervisorStats

FULL_DISK = zeros(JournalStats, failing=True, dropped_undelivered={})


def judged(**changes):
    return judge(snapshot(**changes))


def test_a_service_with_nothing_amiss_is_ok():
    """Starting and ended devices are as they should be."""
    states = {name: DeviceState(name, name) for name in ("starting", "online", "ended")}
    assert judged(states=states, destinations=(DestinationStats("a", State.SENDING),)).status == "ok"


def test_without_vision_it_fails_and_says_how_vision_ended():
    """No event can come."""
    health = judged(connected=False, supervisor=SupervisorStats(None, 3, "killed by SIGSEGV"))
    assert health.status == "failing"
    assert health.reasons == ("the vision process is not there: killed by SIGSEGV",)


@pytest.mark.parametrize(("faces", "status"), [(89_999, "ok"), (90_000, "degraded")])
def test_a_gallery_that_becomes_large_is_told_before_it_is(faces, status):
    """Ten thousand before more than was ever measured."""
    health = judged(people=zeros(KnownPeopleStats, faces=faces))
    assert health.status == status
    assert all("90,000 faces" in reason for reason in health.reasons)


def test_a_disk_that_takes_no_strangers_only_degrades_it():
    """Who is filed is known again all the same; a former refusal is no matter."""
    health = judged(strangers=zeros(StrangerStats, writes_failing=True, write_failures=3, writes_waiting=7))
    assert health.status == "degraded"
    assert health.reasons == ("the disk takes no changes of the stranger library: 7 wait",)
    assert judged(strangers=zeros(StrangerStats, write_failures=3)).status == "ok"


def test_a_history_that_is_not_written_only_degrades_it():
    """Realtime and delivery go on; what it lacks is in the journal."""
    health = judged(history=zeros(EventFeedStats, problem="the disk is full", lag=1234))
    assert health.status == "degraded"
    assert health.reasons == ("the history of events is in trouble, 1,234 records wait: the disk is full",)
    assert judged(history=zeros(EventFeedStats, problem="", lag=9)).status == "ok"


def test_a_journal_that_cannot_write_fails_the_service():
    """Events would be lost."""
    assert judged(journal=FULL_DISK).status == "failing"


def test_devices_and_destinations_that_are_away_only_degrade_it():
    """Each is named with its reason, the device first."""
    health = judged(
        states={"door": DeviceState("door", "offline", "no route"), "gate": DeviceState("gate", "failed")},
        destinations=[
            DestinationStats("platform", State.PAUSED, last_error="404"),
            DestinationStats("copy", State.WAITING),
            DestinationStats("gate", State.LOSING, last_error="no answer within 0.5 s"),
            DestinationStats("off", State.DISABLED),
        ],
    )
    assert health.status == "degraded"
    assert health.reasons == (
        "device door: offline, no route",
        "device gate: failed",
        "destination platform: paused, 404",
        "destination copy: waiting",
        "destination gate: losing, no answer within 0.5 s",
    )


def test_a_destination_that_loses_events_to_retention_is_told_while_it_lacks_some():
    """Once it has caught up nothing more goes."""
    losing, through = (DestinationStats("platform", State.SENDING, backlog=count, dropped=7) for count in (2, 0))
    assert judged(destinations=(losing,)).reasons == (
        "destination platform: 7 events went for want of room before it had them",
    )
    assert judged(destinations=(through,)).status == "ok"


@pytest.mark.parametrize(
    ("days", "problem", "told"),
    [
        (90, "", ()),
        (13, "", ("the certificate of the TLS ports expires in 13 days",)),
        (-1, "", ("the certificate of the TLS ports has expired",)),
        (90, "no key", ("the TLS ports go on with the certificate they had: no key",)),
    ],
)
def test_a_certificate_that_ends_soon_is_told(days, problem, told):
    """Two weeks before, so that somebody can renew it."""
    shown = CertificateStats(1_000 + days * 86_400_000, problem)
    clients = zeros(EventServerStats, clients=(), certificate=shown)
    assert judged(clients=clients, now_ms=1_000).reasons == told


def test_the_worst_is_told_first():
    """A failing service tells what is amiss as well."""
    health = judged(journal=FULL_DISK, states={"door": DeviceState("door", "offline")})
    assert [reason.split(":")[0] for reason in health.reasons] == ["the disk takes no events", "device door"]


def test_a_status_report_that_fails_only_degrades_it():
    """Which and why, not its address; one that is accepted is no word worth."""
    rows = (
        StatusPostStats("devices", "http://a/"),
        StatusPostStats("box", "http://b/key", 2, last_error="HTTP 500"),
    )
    health = judged(status=rows)
    assert (health.status, health.reasons) == ("degraded", ("status report of box to address 2: HTTP 500",))
