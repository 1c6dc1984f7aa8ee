"""Pictures of past events: fetched by the ids and times that were told, and in words when they are gone."""

import json

import pytest
from past_visits import VISITS, at_ms, face_jpeg, fetch, scene_jpeg, visit_of, visits_box
from waiting import until

V2 = "/sophon/v2/face/"
PICTURE = V2 + "getspotimage/"
OLD_PICTURE = "/SophonFace/api/event_images/"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with visits_box(tmp_path_factory.mktemp("e") / "d") as running:
        yield running


@pytest.fixture(scope="module")
def event(box):
    """The last one."""
    [event] = box.post(V2 + "getevents", {"page_limit": 1}).body["events"]
    return event


def test_every_picture_that_a_record_names_is_there(box):
    """The face's and the scene's, of every event; JPEG."""
    events = box.post(V2 + "getevents", {}).body["events"]
    assert len(events) == len(VISITS)
    for event in events:
        visit = visit_of(event["timestamp"])
        for key, jpeg in (("recognize_face_image_id", face_jpeg), ("spot_image_id", scene_jpeg)):
            told = fetch(box, f"{PICTURE}{event[key]}?timestamp={event['timestamp']}")
            assert told == (200, "image/jpeg", jpeg(visit))


@pytest.mark.parametrize("time", [at_ms(5), at_ms(5) / 1000, at_ms(5) // 1000])
def test_c8_either_form_of_the_time_is_taken(box, event, time):
    """Milliseconds, and seconds with a fraction or without."""
    told = fetch(box, f"{PICTURE}{event['spot_image_id']}?timestamp={time}")
    assert told == (200, "image/jpeg", scene_jpeg(5))


@pytest.mark.parametrize(
    ("query", "body"), [(f"?timestamp={at_ms(5)}", None), ("", json.dumps({"timestamp": at_ms(5)}).encode())]
)
def test_c28_a_picture_is_fetched_by_post_too(box, event, query, body):
    """As the index of the vendor's pages has it, with the time in the address or in a body."""
    headers = {"Content-Type": "application/json"} if body else {}
    told = fetch(box, f"{PICTURE}{event['recognize_face_image_id']}{query}", "POST", body, headers)
    assert told == (200, "image/jpeg", face_jpeg(5))


def test_the_older_call_gives_the_same_pictures(box):
    """By the ids of its own rows."""
    [row] = box.ask("GET", "/SophonFace/api/events?per_page=1").body["data"]
    for key, jpeg in (("recognize_face_pic_id", face_jpeg), ("spot_pic_id", scene_jpeg)):
        told = fetch(box, f"{OLD_PICTURE}{row['common'][key]}?datetime={row['timestamp']}")
        assert told == (200, "image/jpeg", jpeg(5))


@pytest.mark.parametrize("query", ["", "?timestamp", "?time=1"])
def test_without_the_time_there_is_no_picture(box, event, query):
    """It is documented as required."""
    refused = [
        box.ask("GET", f"{PICTURE}{event['spot_image_id']}{query}"),
        box.ask("POST", f"{PICTURE}{event['spot_image_id']}", {}),
        box.ask("GET", f"{OLD_PICTURE}{event['spot_image_id']}"),
    ]
    codes = {"": "MISSING_ARGUMENTS", "?time=1": "MISSING_ARGUMENTS", "?timestamp": "INVALID_ARGUMENTS"}
    assert [answer.code for answer in refused] == [codes[query], "MISSING_ARGUMENTS", 40091]


@pytest.mark.parametrize("time", ["noon", "-1", "nan", "1e99"])
def test_what_is_no_time_is_refused(box, event, time):
    """By its name."""
    answer = box.ask("GET", f"{PICTURE}{event['spot_image_id']}?timestamp={time}")
    assert (answer.status, answer.code) == (400, "INVALID_ARGUMENTS")
    assert answer.body["error"]["message"].startswith("timestamp")


@pytest.mark.parametrize(
    "image_id", ["1", "1760000000.1234561", "..%2F..%2Fetc%2Fpasswd", "%27%20OR%201=1", "%E5%BC%A0" * 200]
)
def test_an_id_that_was_never_told_is_not_found(box, image_id):
    """In both shapes, and no file is opened by it."""
    newer = box.ask("GET", f"{PICTURE}{image_id}?timestamp={at_ms(1)}")
    older = box.ask("GET", f"{OLD_PICTURE}{image_id}?datetime={at_ms(1)}")
    assert [(each.status, each.code) for each in (newer, older)] == [(404, "ID_NOT_FOUND"), (404, 40401)]


def test_where_pictures_are_is_told_and_that_they_can_be_kept(box):
    """The journal's folder."""
    told = fetch(box, V2 + "checkeventimagepath", "POST")
    assert (told.status, json.loads(told.body)) == (
        200,
        {"event_image_path": str(box.place.journal), "available": True},
    )


def test_a_picture_that_went_before_its_event_is_told_in_words(tmp_path_factory):
    """The event is still told, and names it; it is not found, and that it may be gone is said."""
    small = {"segment_bytes": 64 << 10, "max_bytes": 1 << 20}
    with visits_box(tmp_path_factory.mktemp("e") / "d", scene_bytes=64 << 10, journal=small) as box:
        *_, event = box.post(V2 + "getevents", {}).body["events"]
        assert visit_of(event["timestamp"]) == 1
        for _ in range(8):
            box.vision.visit("eve", scene_jpeg=scene_jpeg(0) + bytes(64 << 10))
        until(lambda: box.call(lambda: box.process.journal.oldest_seq) > 2, "the end of the first segment")
        for key in ("recognize_face_image_id", "spot_image_id"):
            answer = box.ask("GET", f"{PICTURE}{event[key]}?timestamp={event['timestamp']}")
            assert (answer.status, answer.code) == (404, "ID_NOT_FOUND")
            assert "not any more" in answer.body["error"]["message"]
        assert box.post(V2 + "getevent", {"event_id": event["event_id"]}).status == 200
