"""Where the vendor's documents contradict themselves there is an agreed reading, C1 to C34: each has its test.

A client written from a table and one written from the example beside it must both work; where that cannot be, the
table of the newest firmware counts and a setting has the other reading. Here is the index: which test holds which
reading, and which readings belong to a part that is not built. Below are the readings that show only when one
event is looked at on every way that it leaves the box.
"""

import ast
import json
from pathlib import Path

import pytest
from bundled_receiver import bundled_receiver
from running_box import running_box, until

from sophon_report.api.vendor_keys import KEYS

TESTS = Path(__file__).resolve().parent.parent
HERE = "contract/test_readings.py"
HISTORY = "contract/test_readings_history.py"
CONFIGS = "contract/test_configs_contract.py"
DEVICES = "contract/test_devices_contract.py"
COMPARE = "contract/test_compare_contract.py"
PREVIEW = "contract/test_preview_contract.py"
IDENTITIES = "contract/test_identities_contract.py"
STRANGERS = "contract/test_strangers_contract.py"
EVENTS = "contract/test_events_contract.py"
EVENT_PICTURES = "contract/test_event_pictures_contract.py"
SEARCH = "contract/test_search_by_image_contract.py"

HELD = {
    "C1": [f"{HERE}::test_times_are_milliseconds_on_every_way"],
    "C2": [
        f"{HERE}::test_scores_are_raw_in_the_two_old_realtime_forms_alone",
        f"{HERE}::test_v1_has_a_switch_for_scores",
    ],
    "C3": [f"{HERE}::test_the_gallery_photo_has_both_names_or_neither"],
    "C4": [f"{HERE}::test_v1_always_has_the_two_keys_that_its_sample_prints"],
    "C5": [f"{HERE}::test_streams_tell_everybody_and_the_se3_report_who_passed"],
    "C6": [
        f"{HERE}::test_device_types_are_texts_and_never_2",
        f"{DEVICES}::TestBoth::test_c6_types_are_taken_as_numbers_and_words_and_told_as_words",
    ],
    "C7": [
        f"{HERE}::test_no_list_and_an_empty_list_mean_all_devices",
        f"{HERE}::test_an_empty_list_may_mean_none",
    ],
    "C8": [
        f"{EVENTS}::test_c8_a_filter_s_time_is_seconds_or_milliseconds_by_its_size",
        f"{EVENTS}::test_c8_replies_may_tell_seconds_with_a_fraction",
        f"{EVENT_PICTURES}::test_c8_either_form_of_the_time_is_taken",
        f"{SEARCH}::test_c8_a_search_tells_and_takes_seconds_with_a_fraction",
    ],
    "C9": [f"{CONFIGS}::test_c9_the_period_of_history_is_5_s_and_at_least_1"],
    "C10": [f"{HISTORY}::test_a_post_holds_one_event_and_a_receiver_takes_a_list"],
    "C11": [f"{HISTORY}::test_the_version_tells_the_newest_layout_from_the_older_one"],
    "C12": [f"{HISTORY}::test_v6_always_has_the_devices_url_and_the_time_of_coming"],
    "C13": [f"{HISTORY}::test_v6_has_the_vector_under_both_names"],
    "C14": [
        f"{HISTORY}::test_landmarks_are_interleaved_in_v6_and_planar_in_v5",
        "contract/test_detect_contract.py::test_c14_landmarks_of_detect_are_planar",
    ],
    "C15": [
        "wire/test_fiqa.py::test_the_camera_s_table_is_passed_on_as_it_came",
        "contract/test_ws_v1_contract.py::test_quality_tables_are_filled_by_capture_cameras_only",
    ],
    "C16": [
        "recognition/test_known_people.py::test_nobody_passes_at_the_mark_only_above",
        f"{COMPARE}::test_c16_who_shows_a_card_passes_above_the_mark_of_its_word",
    ],
    "C17": [
        "test_quality_limits.py::test_every_word_of_the_vendor_is_a_level",
        "api/test_face_quality.py::test_c17_every_word_for_a_level_is_taken",
        f"{IDENTITIES}::TestCreating::test_c17_every_word_for_a_level_is_taken",
        f"{COMPARE}::test_c17_a_level_that_the_picture_reaches_is_no_hindrance",
        f"{SEARCH}::test_c17_a_poor_picture_is_refused_by_the_level_that_is_asked_for",
    ],
    "C18": ["contract/test_status_contract.py::test_firmware_v6_is_told_its_devices"],
    "C20": [f"{CONFIGS}::test_c20_a_relative_address_is_refused"],
    "C21": [
        "contract/test_bundled_receiver.py::test_setconfigs_brings_the_layout_of_firmware_v6",
        "contract/test_bundled_receiver.py::test_device_status_comes_in_the_layout_of_the_call",
    ],
    "C23": [
        f"{HERE}::test_who_is_not_matched_has_no_id_and_only_before_v6_a_name",
        f"{PREVIEW}::test_c23_who_is_not_matched_is_called_stranger",
        f"{STRANGERS}::test_c23_a_stranger_has_an_id_once_the_library_gave_one",
        f"{EVENTS}::test_c23_c24_a_record_has_every_field_of_the_page",
        f"{SEARCH}::test_c23_somebody_unknown_is_found_without_a_name",
    ],
    "C24": [
        "wire/test_ws_v2.py::test_user_types_are_the_vendors_words",
        f"{EVENTS}::test_c23_c24_a_record_has_every_field_of_the_page",
        f"{IDENTITIES}::TestCreating::test_c24_a_type_is_read_in_any_case",
        f"{EVENTS}::test_c24_types_are_compared_in_any_case",
    ],
    "C25": [
        f"{HISTORY}::test_a_mask_is_yes_or_no_in_v6_and_a_number_in_v5",
        f"{HISTORY}::test_attributes_that_were_not_computed_are_null_and_never_left_out",
        "contract/test_detect_contract.py::test_c25_the_older_call_tells_an_age_in_years",
    ],
    "C26": [f"{HERE}::test_pictures_are_data_addresses_in_v2_alone"],
    "C27": [
        f"{PREVIEW}::test_c27_a_name_goes_by_both_names",
        f"{PREVIEW}::test_c27_the_mode_is_taken_as_number_and_text",
        f"{PREVIEW}::test_c27_any_program_may_say_that_it_set_the_preview",
        "test_config.py::test_the_ports_are_those_of_the_vendors_box",
    ],
    "C28": [
        f"{IDENTITIES}::TestPhotos::test_c28_a_photo_is_fetched_either_way",
        f"{EVENT_PICTURES}::test_c28_a_picture_is_fetched_by_post_too",
    ],
    "C29": [f"{CONFIGS}::test_c29_other_spellings_mean_the_same"],
    "C30": [f"{CONFIGS}::test_c30_the_stranger_library_is_off"],
    "C31": [
        f"{CONFIGS}::test_c31_misspelt_keys_are_taken",
        f"{IDENTITIES}::TestReading::test_c31_a_list_has_ten_people_and_their_number",
        f"{IDENTITIES}::TestChanging::test_c31_what_is_given_is_overwritten_and_nothing_else",
        f"{DEVICES}::TestBoth::test_c31_both_spellings_of_a_gb28181_address_are_taken",
    ],
    "C32": [f"{HERE}::test_an_event_has_one_id_of_sixteen_digits_on_every_way"],
    "C34": ["contract/test_bundled_receiver.py::test_event_server_url_brings_the_se3_report_of_who_is_known"],
}
"""The tests of each reading, by file and name."""

MESSAGE_QUEUE = ("C19", "C20", "C22", "C33")
"""Readings of the cloud docking, which calls the platform and is called by no one."""


def names_in(file):
    """Names of the tests in a file, those of a class behind its name."""
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield from (f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef))


def test_every_reading_is_held_or_waits_for_its_part():
    """None of the 34 is forgotten."""
    assert {*HELD, *MESSAGE_QUEUE} == {f"C{number}" for number in range(1, 35)}


@pytest.mark.parametrize("reading", HELD)
def test_the_tests_of_a_reading_are_there(reading):
    """Under the names of the index."""
    for name in HELD[reading]:
        file, _, test = name.partition("::")
        assert test in names_in(file), name


def test_the_message_queue_is_not_built():
    """Its address is kept and has no effect; when this fails, its readings want their tests."""
    assert not KEYS["MQ_LOGIN_URL"].has_effect


FORMS = ("v2", "v1", "se3", "g2", "g1", "g0")
POSTED = {"se3": "/RealTimeEvent", "g2": "/HistoryEvent", "g1": "/HistoryEvent", "g0": "/HistoryEvent"}
WISHES = {
    "v2": {"with_face_image": True, "with_register_image": True},
    "v1": {"need_face": True, "need_register": True},
    "bare v2": {"with_face_image": False},
    "bare v1": {"need_face": False},
}


class EveryWay:
    """Two visits on every way: Ada before a camera, and before a national one somebody a little like her."""

    def __init__(self, box, receivers):
        self.box = box
        clients = {name: box.connect() for name in WISHES}
        for name, client in clients.items():
            client.send(json.dumps(WISHES[name]))
        until(lambda: box.subscribed() == len(WISHES))
        box.vision.visit("ada", "door")
        box.vision.visit("ada", "national", cosine=0.2)
        self.told = {
            name: [json.loads(client.recv_data(4096)[1].decode("utf-8")) for _ in range(2)]
            for name, client in clients.items()
        }
        for name, path in POSTED.items():
            self.told[name] = receivers[name].wait_for(path, 1 if name == "se3" else 2)
        until(lambda: set(box.backlogs().values()) == {0})
        for client in clients.values():
            client.shutdown()

    def known(self, form):
        """The event about Ada."""
        return self.told[form][0]

    def stranger(self, form):
        """The other one."""
        return self.told[form][1]

    def all(self):
        """Every event in every form, with the name of the form."""
        return [(name, event) for name, events in self.told.items() for event in events]


@pytest.fixture(scope="module")
def every_way(tmp_path_factory):
    with bundled_receiver() as se3, bundled_receiver() as g2, bundled_receiver() as g1, bundled_receiver() as g0:
        receivers = {"se3": se3, "g2": g2, "g1": g1, "g0": g0}
        destinations = [
            {"name": name, "layout": name, "url": receivers[name].url(path), "timeout_s": 30}
            for name, path in POSTED.items()
        ]
        devices = [
            {"id": "door", "name": "front door", "url": "rtsp://10.0.0.21/ch1"},
            {"id": "national", "name": "gate", "type": "gb28181", "url": "gb28181://34020000001320000001"},
        ]
        with running_box(tmp_path_factory.mktemp("s") / "d", device=devices, destination=destinations) as box:
            box.register("E-1", "Ada", "ada")
            yield EveryWay(box, receivers)


def everywhere(event):
    """The event's facts on one level, wherever its form has them."""
    return {**event, **event.get("ext_data", {}), **event.get("ep_info", {}), **event.get("media_device_info", {})}


def test_times_are_milliseconds_on_every_way(every_way):
    """C1: called int32 in every table, with thirteen digits in every example."""
    for form, event in every_way.all():
        times = {key: value for key, value in event.items() if key.endswith("timestamp")}
        assert "timestamp" in times, form
        assert {(type(value), len(str(value))) for value in times.values()} == {(int, 13)}, form


def test_scores_are_raw_in_the_two_old_realtime_forms_alone(every_way):
    """C2: 0 to 1 in realtime v1 and the SE3 report, 0 to 100 elsewhere; two lines between them."""
    pct, raw = every_way.known("v2")["score"], every_way.known("v1")["score"]
    assert pct == pytest.approx(40 * raw + 60, abs=0.01)
    assert every_way.known("se3")["score"] == raw
    assert 82 < pct <= 100
    for form in ("g2", "g1", "g0"):
        assert every_way.known(form)["score"] == pytest.approx(pct, abs=0.01)
    pct, raw = every_way.stranger("v2")["score"], every_way.stranger("v1")["score"]
    assert 0 < pct < 82
    assert pct == pytest.approx(149.0909 * raw, abs=0.01)


def test_v1_has_a_switch_for_scores(root):
    """C2: a V5 box with a newer configuration shows 0 to 100."""
    with running_box(root, compat={"v1_score": "pct"}) as box:
        box.register("E-1", "Ada", "ada")
        client = box.connect()
        client.send('{"need_face": false}')
        until(box.subscribed)
        box.vision.visit("ada")
        assert 82 < json.loads(client.recv_data(4096)[1])["score"] <= 100
        client.shutdown()


def test_the_gallery_photo_has_both_names_or_neither(every_way):
    """C3: asked for, under the table's name and the sample's; else the sample's alone, empty."""
    asked, bare = every_way.known("v2"), every_way.known("bare v2")
    assert asked["register_image"] == asked["reg_pic"] != ""
    assert "register_image" not in bare
    assert bare["reg_pic"] == ""
    assert every_way.known("v1")["reg_pic"] != ""
    assert every_way.known("bare v1")["reg_pic"] == ""
    assert all(event["event_id"] and event["user_type"] == "employee" for event in (asked, bare))


def test_v1_always_has_the_two_keys_that_its_sample_prints(every_way):
    """C4: neither the table nor the sample message has them."""
    for event in (*every_way.told["v1"], *every_way.told["bare v1"]):
        assert event["video_id"] == event["device_id"] != ""
        assert event["event_id"] != ""


def test_streams_tell_everybody_and_the_se3_report_who_passed(every_way):
    """C5: a page says all comparisons, a chapter only those above the threshold."""
    assert {form: len(every_way.told[form]) for form in FORMS} == {**dict.fromkeys(FORMS, 2), "se3": 1}
    assert every_way.known("se3")["identity_id"] == "E-1"


def test_device_types_are_texts_and_never_2(every_way):
    """C6: a word in V6 and in V5's history, also gb28181, which no page of events has; a number as text before."""
    for form, words in {
        "v2": ("media_device_type", "rtsp", "gb28181"),
        "g2": ("media_device_type", "rtsp", "gb28181"),
        "g1": ("ep_type", "rtsp", "gb28181"),
        "v1": ("device_type", "3", "3"),
        "g0": ("device_type", "3", "3"),
    }.items():
        key, *wanted = words
        assert [everywhere(event)[key] for event in every_way.told[form]] == wanted, form


@pytest.mark.parametrize(
    ("wish", "devices"),
    [
        ({"with_face_image": False}, ["door", "yard"]),
        ({"media_device_ids": []}, ["door", "yard"]),
        ({"event_list": []}, ["door", "yard"]),
        ({"media_device_ids": None}, ["door", "yard"]),
        ({"media_device_ids": ["nobody has this id", "yard"]}, ["yard"]),
        ({"event_list": ["yard"]}, ["yard"]),
    ],
    ids=json.dumps,
)
def test_no_list_and_an_empty_list_mean_all_devices(box, wish, devices):
    """C7: as with every filter of this interface; an id that nobody has matches nothing and is no error."""
    assert heard(box, wish) == devices


@pytest.mark.parametrize(
    ("wish", "devices"),
    [({"media_device_ids": []}, []), ({"event_list": []}, []), ({}, ["door", "yard"])],
    ids=json.dumps,
)
def test_an_empty_list_may_mean_none(root, wish, devices):
    """C7: with the setting, as the general rule could be read that only null is empty."""
    with running_box(root, compat={"empty_device_list": "none"}) as box:
        assert heard(box, wish) == devices


def heard(box, wish):
    """Devices whose events a client with that wish gets, of an event before each."""
    client = box.connect()
    client.send(json.dumps(wish))
    until(box.subscribed)
    for device_id in ("door", "yard"):
        box.vision.visit("eve", device_id)
    until(lambda: box.call(box.process.flow.visit_stats).recognitions == 2)
    client.send(json.dumps({"with_face_image": False}))
    until(lambda: box.clients()[0].device_ids is None)
    box.vision.visit("eve", "door")  # what comes now is the last
    events = []
    while len(events) < 1 or events[-1]["timestamp"] < box.vision.last_ms:
        events.append(json.loads(client.recv_data(4096)[1].decode("utf-8")))
    client.shutdown()
    return [event.get("media_device_id", event.get("device_id")) for event in events[:-1]]


def test_who_is_not_matched_has_no_id_and_only_before_v6_a_name(every_way):
    """C23: the type of person is the sign, in the words or numbers of each form."""
    for form, name, kind in (
        ("v2", "", "stranger"),
        ("g2", "", "stranger"),
        ("v1", "stranger", 4),
        ("g1", "stranger", 4),
        ("g0", "stranger", 4),
    ):
        event = every_way.stranger(form)
        assert (event["identity_id"], event["identity_name"]) == ("", name), form
        assert everywhere(event).get("user_type", everywhere(event).get("person_type")) == kind, form


def test_pictures_are_data_addresses_in_v2_alone(every_way):
    """C26: bare base64 on every other way."""
    for form, event in every_way.all():
        pictures = [value for value in everywhere(event).values() if isinstance(value, str) and "/9j/" in value]
        start = "data:image/jpeg;base64,/9j/" if form == "v2" else "/9j/"
        assert all(picture.startswith(start) for picture in pictures), form
        assert bool(pictures) == (not form.startswith("bare")), form


def test_an_event_has_one_id_of_sixteen_digits_on_every_way(every_way):
    """C32: microseconds as the sample has it, not seconds with a fraction; a text, and never the same twice."""
    for number in (0, 1):
        ids = {events[number]["event_id"] for events in every_way.told.values() if len(events) > number}
        assert len(ids) == 1
        [event_id] = ids
        assert (len(event_id), event_id.isdigit()) == (16, True)
    assert every_way.known("v2")["event_id"] < every_way.stranger("v2")["event_id"]
