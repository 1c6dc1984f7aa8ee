"""Past events by the vendor's calls: which are told, in which order, and what is refused."""

import math

import pytest
from bundled_receiver import bundled_receiver
from past_visits import ADA, BOB, at_ms, audit_lines, comes, events_of, goes, of_old_rows, visits_box
from running_box import running_box, until

V2 = "/sophon/v2/face/"
OLD = "/SophonFace/api/events"
ALL = [5, 4, 3, 2, 1]


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with visits_box(tmp_path_factory.mktemp("e") / "d") as running:
        yield running


@pytest.mark.parametrize(
    ("filters", "visits"),
    [
        ({}, ALL),
        (None, ALL),
        ({"identity_name": None, "media_device_ids": None, "user_type": None}, ALL),
        ({"identity_name": "love"}, [4, 1]),
        ({"identity_name": "LOVE"}, [4, 1]),
        ({"identity_name": "三"}, [5, 2]),
        ({"identity_name": "张三丰"}, [5, 2]),
        ({"identity_name": "丰张"}, []),
        ({"identity_name": "%"}, []),
        ({"identity_name": ""}, ALL),
        ({"identity_id": BOB}, [5, 2]),
        ({"identity_id": BOB[:2]}, []),
        ({"score_min": 95}, [4]),
        ({"score_max": 50.5}, [3]),
        ({"score_min": 50, "score_max": 95}, [5, 2, 1]),
        ({"media_device_ids": ["yard"]}, [4, 2]),
        ({"media_device_ids": []}, ALL),
        ({"media_device_ids": ["nobody has this id", "yard"]}, [4, 2]),
        ({"media_device_ids": ["nobody has this id"]}, []),
        ({"datetime_gte": at_ms(3)}, [5, 4, 3]),
        ({"datetime_gte": at_ms(3) + 1}, [5, 4]),
        ({"datetime_lte": at_ms(3)}, [3, 2, 1]),
        ({"datetime_lte": at_ms(3) - 1}, [2, 1]),
        ({"datetime_gte": at_ms(2), "datetime_lte": at_ms(4)}, [4, 3, 2]),
        ({"datetime_gte": at_ms(4), "datetime_lte": at_ms(2)}, []),
        ({"identity_name": "ada", "media_device_ids": ["yard"], "user_type": "EMPLOYEE"}, [4]),
        ({"a filter that nobody knows": 1}, ALL),
    ],
    ids=str,
)
def test_every_filter_lets_pass_what_it_says(box, filters, visits):
    """The newest first; all filters count together, one that is not given or empty lets all pass."""
    answer = box.post(V2 + "getevents", {"filters": filters, "page_limit": 100})
    assert answer.status == 200
    assert events_of(answer) == visits
    assert answer.body["pagination"] == {"page_index": 0, "page_limit": 100, "total_count": len(visits)}


@pytest.mark.parametrize(
    ("types", "visits"),
    [
        ("vip", [5, 2]),
        ("VIP", [5, 2]),
        (["Employee", "stranger"], [4, 3, 1]),
        (["STRANGER"], [3]),
        ("blacklist", []),
        ([], ALL),
        ("car", []),
        (["car", "Vip"], [5, 2]),
    ],
    ids=str,
)
def test_c24_types_are_compared_in_any_case(box, types, visits):
    """One word or a list; the one of the page that is no person's matches nothing."""
    assert events_of(box.post(V2 + "getevents", {"filters": {"user_type": types}})) == visits


@pytest.mark.parametrize(
    ("filters", "visits"),
    [
        ({"datetime_gte": at_ms(3) // 1000}, [5, 4, 3]),
        ({"datetime_gte": at_ms(3) // 1000 + 1}, [5, 4]),
        ({"datetime_gte": at_ms(3) / 1000}, [5, 4, 3]),
        ({"datetime_lte": at_ms(3) / 1000}, [3, 2, 1]),
    ],
)
def test_c8_a_filter_s_time_is_seconds_or_milliseconds_by_its_size(box, filters, visits):
    """Ten digits in the example, milliseconds in the text, float seconds in the samples."""
    assert events_of(box.post(V2 + "getevents", {"filters": filters})) == visits


def test_a_page_is_ten_events_and_begins_with_the_newest(box):
    """Without any argument."""
    answer = box.post(V2 + "getevents", {})
    assert events_of(answer) == ALL
    assert answer.body["pagination"] == {"page_index": 0, "page_limit": 10, "total_count": 5}


@pytest.mark.parametrize(("index", "visits"), [(0, [5, 4]), (1, [3, 2]), (2, [1]), (3, []), (10**9, [])])
def test_pages_together_are_the_whole(box, index, visits):
    """With the total on each; behind the last one there is nothing."""
    answer = box.post(V2 + "getevents", {"page_limit": 2, "page_index": index})
    assert events_of(answer) == visits
    assert answer.body["pagination"] == {"page_index": index, "page_limit": 2, "total_count": 5}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("datetime_gte", value) for value in ("yesterday", [], True, -1, 1e20)),
        *(("datetime_lte", value) for value in ("", {})),
        *(("identity_name", value) for value in (5, ["Ada"], "x" * 3000)),
        *(("identity_id", value) for value in (5, {})),
        *(("score_min", value) for value in ("high", -1, 101, False)),
        *(("score_max", value) for value in ("low", 1e9, [])),
        *(("user_type", value) for value in ("cat", 1, {"a": 1}, ["vip", "cat"], [1], True)),
        *(("media_device_ids", value) for value in ("door", [1], {}, 5)),
    ],
)
def test_a_filter_of_the_wrong_type_is_refused_by_its_name(box, field, value):
    """With the documented error."""
    answer = box.post(V2 + "getevents", {"filters": {field: value}})
    assert (answer.status, answer.code) == (400, "INVALID_ARGUMENTS")
    assert answer.body["error"]["message"].startswith(field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("page_limit", value) for value in (0, 1001, -1, 1.5, "ten", True)),
        *(("page_index", value) for value in (-1, 0.5, "one", 1e30)),
        *(("filters", value) for value in ([], "all", 5)),
    ],
)
def test_a_page_that_cannot_be_is_refused_by_the_name_of_its_argument(box, field, value):
    """With the documented error."""
    answer = box.post(V2 + "getevents", {field: value})
    assert (answer.status, answer.code) == (400, "INVALID_ARGUMENTS")
    assert answer.body["error"]["message"].startswith(field)


def test_c23_c24_a_record_has_every_field_of_the_page(box):
    """C23, C24: nobody has an id or a name, types are lower case."""
    known, unknown = (box.post(V2 + "getevents", {}).body["events"][at] for at in (0, 2))
    assert list(known) == [
        *("event_id", "timestamp", "identity_id", "identity_name", "register_image_id"),
        *("recognize_face_image_id", "spot_image_id", "permission_id", "permission_name", "user_type", "score"),
        *("post_action", "frame_id", "is_send", "media_device_info", "recognize_face_attr", "ext_data"),
    ]
    assert (known["identity_id"], known["identity_name"], known["user_type"]) == (BOB, "张三丰", "vip")
    assert known["register_image_id"]
    assert known["media_device_info"] == {
        "media_device_type": "rtsp",
        "media_device_ip": "10.0.0.21",
        "media_device_name": "front door",
        "media_device_id": "door",
    }
    times = {key: value - at_ms(5) for key, value in known["ext_data"].items() if key.endswith("timestamp")}
    assert times == {"in_timestamp": -123, "recognition_timestamp": 0, "out_timestamp": 877}
    assert known["recognize_face_attr"]["feature_binary"]
    nobody = (unknown["identity_id"], unknown["identity_name"], unknown["register_image_id"])
    assert (nobody, unknown["user_type"]) == (("", "", ""), "stranger")


def test_one_event_is_told_as_in_the_list_and_in_nothing(box):
    """By its id."""
    for event in box.post(V2 + "getevents", {}).body["events"]:
        answer = box.post(V2 + "getevent", {"event_id": event["event_id"]})
        assert (answer.status, answer.body) == (200, event)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"event_id": "1760000000000000"}, 404, "ID_NOT_FOUND"),
        ({"event_id": "' OR 1=1 --"}, 404, "ID_NOT_FOUND"),
        ({"event_id": ""}, 404, "ID_NOT_FOUND"),
        ({}, 400, "MISSING_ARGUMENTS"),
        ({"event_id": None}, 400, "MISSING_ARGUMENTS"),
        ({"event_id": 1760000000000000}, 400, "INVALID_ARGUMENTS"),
    ],
)
def test_an_event_that_cannot_be_told_is_refused(box, body, status, code):
    """With the documented errors."""
    answer = box.post(V2 + "getevent", body)
    assert (answer.status, answer.code) == (status, code)


def test_an_empty_body_asks_for_the_first_page_and_for_no_single_event(box):
    """All filters are optional; an id is not."""
    assert events_of(box.ask("POST", V2 + "getevents", b"", {"Content-Type": "application/json"})) == ALL
    answer = box.ask("POST", V2 + "getevent", b"", {"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (400, "EMPTY_REQUEST_JSON")


# The older call.


@pytest.mark.parametrize(
    ("query", "visits"),
    [
        ("", ALL),
        (f"datetime_gte={at_ms(3) // 1000}", [5, 4, 3]),
        (f"datetime_gte={at_ms(3)}", [5, 4, 3]),
        (f"datetime_lte={at_ms(3) / 1000}", [3, 2, 1]),
        ("name=love", [4, 1]),
        ("name=%E5%BC%A0", [5, 2]),
        (f"identity_id={ADA}", [4, 1]),
        ("score_min=95", [4]),
        ("score_max=50", [3]),
        ("userType=5", [5, 2]),
        ("userType=4,5", [5, 3, 2]),
        ("userType=VIP", [5, 2]),
        ('userType=["4"]', [3]),
        ("userType=car", []),
        ("streams=yard", [4, 2]),
        ("streams=yard,door", ALL),
        ("streams=", ALL),
        ("groups=default_group", ALL),
        ("groups=others", []),
        ("room=", ALL),
        ("top_k=2", [5, 4]),
        ("top_k=3&per_page=2&page=2", [3]),
        ("top_k=2&per_page=2&page=2", []),
    ],
)
def test_every_filter_of_the_older_call_lets_pass_what_it_says(box, query, visits):
    """As those of the newer one; times are seconds, large ones milliseconds."""
    answer = box.ask("GET", f"{OLD}?{query.replace('[', '%5B').replace(']', '%5D').replace(chr(34), '%22')}")
    assert answer.status == 200
    assert of_old_rows(answer) == visits


@pytest.mark.parametrize(
    ("page", "visits"), [("", [5, 4]), ("&page=0", [5, 4]), ("&page=1", [5, 4]), ("&page=3", [1]), ("&page=4", [])]
)
def test_pages_of_the_older_call_are_counted_from_one(box, page, visits):
    """With their number; 0 is the first one too."""
    answer = box.ask("GET", f"{OLD}?per_page=2{page}")
    assert of_old_rows(answer) == visits
    number = max(1, int(page.partition("=")[2] or 1))
    assert answer.body["pagination"] == {"num_pages": 3, "page": number, "per_page": 2, "total_count": 5}


@pytest.mark.parametrize(
    "query",
    [
        "room=101",
        "streams=" + ",".join(map(str, range(1001))),
        "userType=9",
        "userType=cat",
        "per_page=0",
        "per_page=1001",
        "page=-1",
        "top_k=0",
        "score_min=x",
    ],
    ids=lambda query: query[:20],
)
def test_what_the_older_call_cannot_answer_is_refused(box, query):
    """In its shape, with the argument's name."""
    answer = box.ask("GET", f"{OLD}?{query}")
    assert (answer.status, answer.code) == (400, 40091)
    assert answer.body["error"]["message"].startswith(query.partition("=")[0])


def test_a_row_of_the_older_call_is_the_record_in_older_words(box):
    """Seconds with a fraction; somebody unknown is named stranger."""
    rows = box.ask("GET", OLD).body["data"]
    records = box.post(V2 + "getevents", {}).body["events"]
    assert [row["_id"] for row in rows] == [record["event_id"] for record in records]
    for row, record in zip(rows, records):
        assert math.isclose(row["timestamp"] * 1000, record["timestamp"], abs_tol=0.01)
        assert row["common"]["score"] == record["score"]
        assert row["common"]["identity_id"] == record["identity_id"]
        assert row["common"]["identity_name"] == (record["identity_name"] or "stranger")
        assert row["common"]["spot_pic_id"] == record["spot_image_id"]


# What changes.


def test_c8_replies_may_tell_seconds_with_a_fraction(tmp_path_factory):
    """As the vendor's samples; what was told is understood when it comes back."""
    with visits_box(tmp_path_factory.mktemp("e") / "d", compat={"query_times": "s"}) as box:
        [event] = box.post(V2 + "getevents", {"page_limit": 1}).body["events"]
        assert event["timestamp"] == at_ms(5) / 1000
        assert event["ext_data"]["in_timestamp"] == (at_ms(5) - 123) / 1000
        same = {"datetime_gte": event["timestamp"], "datetime_lte": event["timestamp"]}
        assert box.post(V2 + "getevents", {"filters": same}).body["events"] == [event]


def test_deleted_events_are_found_no_more_and_the_deletion_is_noted(tmp_path_factory):
    """Ids that nobody has are passed over; the note says that it was done, and not of whom."""
    with visits_box(tmp_path_factory.mktemp("e") / "d") as box:
        ids = {visit: row["_id"] for visit, row in zip(ALL, box.ask("GET", OLD).body["data"])}
        answer = box.ask("DELETE", f"{OLD}?event_id_list={ids[2]},{ids[4]},1760000000000000")
        assert answer[:2] == (200, {"data": {}})
        assert of_old_rows(box.ask("GET", OLD)) == [5, 3, 1]
        assert box.post(V2 + "getevent", {"event_id": ids[2]}).code == "ID_NOT_FOUND"
        assert box.ask("DELETE", OLD).status == 400
        noted = until(lambda: [line for line in audit_lines(box) if line.action == f"DELETE {OLD}"], "a note")
        assert not any(event_id in line.detail for event_id in ids.values() for line in noted)


def test_who_is_still_there_has_not_left_yet(tmp_path_factory):
    """One event from the recognition on; at its end it has the time of leaving."""
    with running_box(tmp_path_factory.mktemp("e") / "d", access={"open_reads": True}) as box:
        box.register(ADA, "Ada", "ada")
        comes(box, "ada")
        until(lambda: events_of(box.post(V2 + "getevents", {})), "the recognition in the index")
        [before] = box.post(V2 + "getevents", {}).body["events"]
        assert before["ext_data"]["out_timestamp"] == 0
        goes(box)

        def left():
            [event] = box.post(V2 + "getevents", {}).body["events"]
            return event if event["ext_data"]["out_timestamp"] else None

        until(left, "the end of the visit in the index")
        after = left()
        assert after["event_id"] == before["event_id"]
        assert after["ext_data"]["out_timestamp"] == before["timestamp"] + 877


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", V2 + "getevents", "PASSWORD_ERROR"),
        ("POST", V2 + "getevent", "PASSWORD_ERROR"),
        ("GET", V2 + "getspotimage/1", "PASSWORD_ERROR"),
        ("POST", V2 + "getspotimage/1", "PASSWORD_ERROR"),
        ("POST", V2 + "checkeventimagepath", "PASSWORD_ERROR"),
        ("POST", V2 + "searchbyimage", "PASSWORD_ERROR"),
        ("GET", OLD, 40100),
        ("DELETE", OLD, 40100),
        ("GET", "/SophonFace/api/event_images/1", 40100),
        ("POST", "/SophonMatch/api/picturesearch", 40100),
    ],
)
def test_the_history_is_for_who_may_read_it(closed_box, method, path, code):
    """Not for everybody on the network."""
    answer = closed_box.ask(method, path)
    assert (answer.status, answer.code) == (401, code)


@pytest.fixture(scope="module")
def closed_box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("e") / "d") as running:
        yield running


def test_an_event_says_whether_it_was_uploaded(tmp_path_factory):
    """``is_send`` of both generations, once the receiver of the history has it."""
    with bundled_receiver() as receiver:
        destination = [{"name": "platform", "url": receiver.url("/HistoryEvent")}]
        with visits_box(tmp_path_factory.mktemp("e") / "d", destination=destination) as box:
            sent = lambda: [event["is_send"] for event in box.post(V2 + "getevents", {}).body["events"]]  # noqa: E731
            until(lambda: sent() == [1] * 5, "the upload of all")
            rows = box.ask("GET", OLD).body["data"]
            assert [row["common"]["is_send"] for row in rows] == [1] * 5
