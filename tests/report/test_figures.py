"""Every counter of every part reaches Prometheus, under names that are written down."""

import dataclasses

import pytest
from prometheus_client.parser import text_string_to_metric_families
from snapshots import snapshot, zeros

from sophon_report.api.traffic import Traffic
from sophon_report.delivery.hub import ClientRow
from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.standing import DestinationStats
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.delivery.ws_server import EventServerStats
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device, DeviceType
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.stranger_lookup import StrangerStats
from sophon_report.recognition.visits import VisitStats
from sophon_report.report.eventflow import FlowStats
from sophon_report.report.exports import VISION, metrics
from sophon_report.report.figures import device_rows
from sophon_report.report.photo_events import PhotoStats


def samples(**changes):
    """Value by name and labels."""
    families = text_string_to_metric_families(metrics(snapshot(**changes)).decode())
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def numbers(kind):
    return [field.name for field in dataclasses.fields(kind) if field.type in (int, "int")]


@pytest.mark.parametrize(
    ("part", "kind", "others"),
    [
        ("flow", FlowStats, {}),
        ("visits", VisitStats, {}),
        ("people", KnownPeopleStats, {}),
        ("photos", PhotoStats, {}),
        ("strangers", StrangerStats, {}),
        ("clients", EventServerStats, {"clients": (), "certificate": None}),
        ("journal", JournalStats, {"failing": False, "dropped_undelivered": {}}),
    ],
)
def test_every_number_that_a_part_counts_is_exported(part, kind, others):
    """A field that is forgotten here would be counted for nobody."""
    fields = numbers(kind)
    marked = {name: 1_000_000 + place for place, name in enumerate(fields)}
    values = samples(**{part: zeros(kind, **{**marked, **others})}).values()
    assert [name for name in fields if marked[name] not in values] == []


def test_what_a_destination_counts_is_exported_under_its_name():
    """Counters, the backlog, the list of refused events."""
    row = DestinationStats(
        "platform",
        backlog=11,
        accepted=12,
        retried=13,
        set_aside=14,
        dead_letters=15,
        dead_letters_dropped=16,
        lost=17,
        lost_late=18,
        period_s=5.0,
    )
    found = {name[0]: value for name, value in samples(destinations=(row,)).items() if len(name) == 2}
    assert {
        "sophon_report_backlog_events": 11,
        "sophon_report_posts_accepted_total": 12,
        "sophon_report_posts_retried_total": 13,
        "sophon_report_posts_set_aside_total": 14,
        "sophon_report_posts_lost_total": 17,
        "sophon_report_posts_lost_late_total": 18,
        "sophon_report_destination_period_seconds": 5.0,
        "sophon_report_dead_letters": 15,
        "sophon_report_dead_letters_dropped_total": 16,
    }.items() <= found.items()


def test_how_a_destination_is_told_is_exported():
    """Its layout and its content type stand in labels."""
    found = samples(destinations=(DestinationStats("platform", layout="g1", content_type="form-data"),))
    labels = (("content_type", "form-data"), ("destination", "platform"), ("layout", "g1"))
    assert found[("sophon_report_destination_info", *labels)] == 1


def test_what_a_destination_lacks_is_told_in_events_bytes_and_age():
    """The age of the oldest, not its time: an alert needs no clock."""
    row = DestinationStats("platform", backlog=3, backlog_bytes=9, oldest_ms=1_000, dropped=5, last_status=503)
    found = samples(destinations=(row, DestinationStats("new")), now_ms=61_000)
    label = ("destination", "platform")
    assert {
        ("sophon_report_backlog_events", label): 3,
        ("sophon_report_backlog_bytes", label): 9,
        ("sophon_report_backlog_oldest_seconds", label): 60,
        ("sophon_report_events_dropped_total", label): 5,
        ("sophon_report_destination_last_status", label): 503,
        ("sophon_report_backlog_oldest_seconds", ("destination", "new")): 0,
    }.items() <= found.items()
    assert ("sophon_report_destination_last_status", ("destination", "new")) not in found


def test_each_client_is_told_with_what_it_has_not_fetched():
    """Bytes, the age of the oldest, what was let go."""
    row = ClientRow(7, "10.0.0.9:5", 0, "v2", True, True, None, 2, 200, 9, 4, lag_ms=1500)
    found = samples(clients=zeros(EventServerStats, clients=(row,), certificate=None))
    labels = (("client", "7"), ("peer", "10.0.0.9:5"))
    names = ("client_queued_bytes", "client_lag_seconds", "client_sent_total", "client_dropped_total")
    assert [found[(f"sophon_report_{name}", *labels)] for name in names] == [200, 1.5, 9, 4]


def test_what_is_not_known_yet_is_not_exported():
    """A reach of 0 days would be an alarm."""
    known = zeros(JournalStats, failing=False, dropped_undelivered={}, reach_days=2.5)
    unknown = dataclasses.replace(known, reach_days=None, rate_bytes_per_day=None, oldest_ms=None)
    assert samples(journal=known)[("sophon_report_journal_reach_days",)] == 2.5
    assert not [name for name, *_ in samples(journal=unknown) if "reach" in name or "rate" in name]


def test_vision_makes_no_names():
    """Its known counters are exported, whatever else it tells is not."""
    told = {key: float(place) for place, (key, _, _) in enumerate(VISION)}
    found = samples(vision={**told, "evil{} 1\n": 5.0})
    assert [found[(f"sophon_report_vision_{name}_total",)] for _, name, _ in VISION] == list(told.values())
    assert not any("evil" in name[0] for name in found)


def test_a_figure_that_only_grows_is_a_counter():
    """Its name ends in _total, so that a rate may be taken of it."""
    names = {name[0] for name in samples()}
    assert {"sophon_report_journal_appended_total", "sophon_report_journal_gaps_total"} <= names
    assert {"sophon_report_journal_size_bytes", "sophon_report_clients"} <= names


def test_status_reports_are_counted_by_what_is_told_and_where():
    """By the number of the address: the page is open, and an address may hold a key."""
    rows = (StatusPostStats("devices", "http://a/", 1, 1, 2, 3), StatusPostStats("box", "http://a/", 2, 4, 5, 6))
    found = samples(status=rows)
    names = [f"sophon_report_status_reports_{what}_total" for what in ("accepted", "failed", "skipped")]
    told = {
        report: [found[(name, ("address", number), ("report", report))] for name in names]
        for report, number in (("devices", "1"), ("box", "2"))
    }
    assert told == {"devices": [1, 2, 3], "box": [4, 5, 6]}


def test_a_photo_device_is_passive():
    """It is not starting for ever: nobody looks at it."""
    gate = Device("gate", "gate", DeviceType.PHOTO, "10.0.0.9", permission_id="day")
    [row] = device_rows([gate], {"gate": DeviceState("gate", "starting")})
    assert (row["state"], row["url"], row["permission_id"], row["region"]) == ("passive", "10.0.0.9", "day", [])


def test_what_the_api_port_counts_is_exported():
    """Answers by status, connections, refusals by what was needed."""
    traffic = Traffic({200: 11, 401: 12}, {"10.0.0.1": 2, "10.0.0.2": 3}, refused_full=14, cut=15)
    found = samples(traffic=traffic, refused={"read": 16})
    assert {
        ("sophon_report_api_answers_total", ("status", "200")): 11,
        ("sophon_report_api_answers_total", ("status", "401")): 12,
        ("sophon_report_api_connections",): 5,
        ("sophon_report_api_connections_full_total",): 14,
        ("sophon_report_api_connections_cut_total",): 15,
        ("sophon_report_calls_refused_total", ("need", "read")): 16,
        ("sophon_report_calls_refused_total", ("need", "push")): 0,
    }.items() <= found.items()


def test_a_devices_share_and_delay_are_exported_in_plain_units():
    """Seconds and a fraction, as Prometheus has them; the list of devices has milliseconds and per cent."""
    door = Device("door", "door", DeviceType.RTSP, "rtsp://10.0.0.9/")
    state = DeviceState("door", "online", delay_ms=62.5, share_pct=6.25, codec="h264", frames_skipped=7)
    found = samples(states={"door": state})
    label = ("device", "door")
    assert found["sophon_report_device_delay_seconds", label] == 0.0625
    assert found["sophon_report_device_share", label] == 0.0625
    assert found["sophon_report_device_frames_skipped_total", label] == 7
    [row] = device_rows([door], {"door": state})
    assert (row["delay_ms"], row["share_pct"], row["codec"]) == (62.5, 6.25, "h264")
