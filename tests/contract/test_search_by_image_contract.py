"""Searching the history by a picture: who is found, in which windows, and one search at a time."""

import asyncio
import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from http_port import http_port
from past_visits import at_ms, events_of, visits_box
from running_box import DEADLINE_S, QUALITY, START_MS, picture, until, vector

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Incoming
from sophon_report.api.errors import Refusal
from sophon_report.api.events import FacePage
from sophon_report.api.pictures import FaceSeen
from sophon_report.api.search_by_image import SearchByImageCalls
from sophon_report.errors import BadImage
from sophon_report.quality_limits import Level, level_of

SEARCH = "/sophon/v2/face/searchbyimage"
OLD_SEARCH = "/SophonMatch/api/picturesearch"
DAY_MS = 86_400_000
WHEN = {"starttime": START_MS, "endtime": START_MS + DAY_MS}


def of(who):
    return {"face_image_base64": base64.b64encode(picture(who)).decode()}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with visits_box(tmp_path_factory.mktemp("e") / "d") as running:
        yield running


@pytest.mark.parametrize(
    ("who", "asked", "visits"),
    [
        ("ada", {}, [1, 4]),
        ("ada", {"reverse": True}, [4, 1]),
        ("ada", {"reverse": False}, [1, 4]),
        ("bob", {}, [2, 5]),
        ("eve", {}, [3]),
        ("mallory", {}, []),
        ("ada", {"threshold": 99.9}, [1]),
        ("ada", {"threshold": 0}, [1, 4]),
        ("ada", {"media_device_ids": ["yard"]}, [4]),
        ("ada", {"media_device_ids": []}, [1, 4]),
        ("ada", {"media_device_ids": ["nobody has this id"]}, []),
        ("ada", {"starttime": at_ms(2)}, [4]),
        ("ada", {"starttime": at_ms(4)}, [4]),
        ("ada", {"endtime": at_ms(3)}, [1]),
        ("ada", {"endtime": at_ms(4) / 1000}, [1, 4]),
        ("ada", {"starttime": START_MS // 1000}, [1, 4]),
        ("ada", {"last_end_timestamp": at_ms(1) + 1}, [4]),
        ("ada", {"last_end_timestamp": at_ms(4) - 1, "reverse": True}, [1]),
        ("ada", {"last_end_timestamp": 0}, [1, 4]),
        ("ada", {"last_end_timestamp": 0, "reverse": True}, [4, 1]),
        ("ada", {"starttime": None, "endtime": None}, []),
    ],
    ids=str,
)
def test_who_was_there_is_found(box, who, asked, visits):
    """The oldest first unless it is reversed; without times the last day counts."""
    answer = box.post(SEARCH, {**WHEN, **of(who), **asked})
    assert answer.status == 200
    assert events_of(answer) == visits
    assert answer.body["have_more"] is False


def test_what_is_found_is_told_as_the_page_has_it(box):
    """A score from 0 to 100, the device, the ids of the pictures, no vector."""
    answer = box.post(SEARCH, {**WHEN, **of("ada")})
    assert list(answer.body) == ["events", "have_more", "total_time", "endtimestamp"]
    same, near = answer.body["events"]
    assert same["compare_score"] == pytest.approx(100, abs=0.01)
    assert 95 < near["compare_score"] < 100
    assert (near["identity_id"], near["identity_name"], near["user_type"]) == ("E-1", "Ada Lovelace", "employee")
    assert near["media_device_info"]["media_device_id"] == "yard"
    assert near["out_timestamp"] == at_ms(4) + 877
    assert "feature_binary" not in near["recognize_face_attr"]
    record = box.post("/sophon/v2/face/getevent", {"event_id": near["event_id"]}).body
    for key in ("recognize_face_image_id", "spot_image_id", "register_image_id", "timestamp"):
        assert near[key] == record[key]


def test_c23_somebody_unknown_is_found_without_a_name(box):
    """The type is the sign, in this interface too."""
    [event] = box.post(SEARCH, {**WHEN, **of("eve")}).body["events"]
    assert (event["identity_id"], event["identity_name"], event["user_type"]) == ("", "", "stranger")


@pytest.mark.parametrize("reverse", [False, True])
def test_going_on_where_a_search_ended_finds_what_came_since_and_nothing_twice(tmp_path_factory, reverse):
    """``endtimestamp`` is the first time that was not looked at."""
    with visits_box(tmp_path_factory.mktemp("e") / "d") as box:
        asked = {**WHEN, **of("ada"), "reverse": reverse}
        cut = {"endtime": at_ms(3)} if not reverse else {"starttime": at_ms(3)}
        first = box.post(SEARCH, {**asked, **cut})
        second = box.post(SEARCH, {**asked, "last_end_timestamp": first.body["endtimestamp"]})
        assert (events_of(first), events_of(second)) == (([4], [1]) if reverse else ([1], [4]))
        if not reverse:  # in this direction it is a start as well
            assert events_of(box.post(SEARCH, {**asked, "starttime": first.body["endtimestamp"]})) == [4]


def test_c8_a_search_tells_and_takes_seconds_with_a_fraction(tmp_path_factory):
    """With the switch; where to go on as well."""
    with visits_box(tmp_path_factory.mktemp("e") / "d", compat={"query_times": "s"}) as box:
        asked = {**WHEN, **of("ada")}
        first = box.post(SEARCH, {**asked, "endtime": at_ms(3) / 1000}).body
        assert [event["timestamp"] for event in first["events"]] == [at_ms(1) / 1000]
        assert first["endtimestamp"] == (at_ms(3) + 1) / 1000
        second = box.post(SEARCH, {**asked, "last_end_timestamp": first["endtimestamp"]}).body
        assert [event["timestamp"] for event in second["events"]] == [at_ms(4) / 1000]


def test_the_older_call_finds_the_same_on_its_own_scale(box):
    """Scores from 0 to 1; both spellings of its return code."""
    answer = box.post(OLD_SEARCH, {**WHEN, **of("ada"), "device_id_list": "yard,door"})
    assert list(answer.body) == ["data"]
    found = answer.body["data"]
    newer = box.post(SEARCH, {**WHEN, **of("ada")}).body
    assert (found["retcode"], found["ret_code"], found["total_count"]) == (0, 0, 2)
    assert found["endtimestamp"] == newer["endtimestamp"]
    for old, new in zip(found["event_list"], newer["events"]):
        assert 0.55 < old["compare_score"] <= 1
        assert new["compare_score"] == pytest.approx(40 * old["compare_score"] + 60, abs=0.01)
        assert {**old, "compare_score": 0} == {**new, "compare_score": 0}
    only = box.post(OLD_SEARCH, {**WHEN, **of("ada"), "device_id_list": ["yard"], "threshold": "82.0"})
    assert only.body["data"]["total_count"] == 1


@pytest.mark.parametrize(("days", "status"), [(30.9, 200), (31, 400), (400, 400)])
def test_the_older_call_looks_at_less_than_a_month(box, days, status):
    """The newer one at any time."""
    asked = {**of("ada"), "starttime": START_MS, "endtime": START_MS + days * DAY_MS}
    answer = box.post(OLD_SEARCH, asked)
    assert answer.status == status
    if status == 400:
        assert answer.body["error"]["message"].startswith("starttime")
    assert box.post(SEARCH, asked).status == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "MISSING_ARGUMENTS"),
        ({"face_image_base64": ""}, 400, "MISSING_ARGUMENTS"),
        ({"face_image_base64": "no base64!"}, 400, "IMAGE_DECODE_ERROR"),
        ({"face_image_base64": 5}, 400, "INVALID_ARGUMENTS"),
        ({"face_image_path": "nothing.jpg"}, 400, "IMAGE_NOT_OPENED"),
        ({"face_image_path": "../../etc/passwd"}, 400, "IMAGE_NOT_OPENED"),
        (of("wall"), 400, "NO_FACE_ERROR"),
        (of("tiny"), 400, "LOW_QUALITY_ERROR"),
        (of("text"), 400, "IMAGE_DECODE_ERROR"),
        *(
            ({**of("ada"), name: value}, 400, "INVALID_ARGUMENTS")
            for name, value in (
                ("threshold", 101),
                ("threshold", "high"),
                ("starttime", "today"),
                ("endtime", -1),
                ("last_end_timestamp", []),
                ("media_device_ids", "door"),
                ("reverse", "yes"),
                ("fiqa_level", "best"),
            )
        ),
    ],
    ids=str,
)
def test_what_cannot_be_searched_is_refused(box, body, status, code):
    """With the documented errors; the next search is not kept waiting by it."""
    answer = box.post(SEARCH, body)
    assert (answer.status, answer.code) == (status, code)
    assert events_of(box.post(SEARCH, {**WHEN, **of("eve")})) == [3]


def test_a_picture_may_be_named_in_the_import_folder(box):
    """As everywhere."""
    (box.place.import_folder / "ada.jpg").write_bytes(picture("ada"))
    assert events_of(box.post(SEARCH, {**WHEN, "face_image_path": "ada.jpg"})) == [1, 4]


def test_faces_of_another_model_are_not_compared(tmp_path_factory):
    """Their numbers mean something else."""
    with visits_box(tmp_path_factory.mktemp("e") / "d") as box:
        box.vision.visit("ada", "door", embedder="another")
        listed = lambda: box.post("/sophon/v2/face/getevents", {}).body["pagination"]["total_count"]  # noqa: E731
        until(lambda: listed() == 6, "the visit in the index")
        assert events_of(box.post(SEARCH, {**WHEN, **of("ada")})) == [1, 4]


# One at a time, with a search that the test holds.


class HeldPictures:
    """Looks at a picture for as long as a test wants."""

    def __init__(self):
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def faces_of(self, _image, _asked):
        self.asked.set()
        await self.go_on.wait()
        raise Refusal("NO_FACE_ERROR", "none")


class Blurred:
    """Sees a blurred face of 70 px in every picture."""

    async def faces_of(self, _image, _asked):
        return (FaceSeen((0, 0, 70, 70), replace(QUALITY, size_px=70, clarity=12), embedding=vector("ada")),)


class Nothing:
    """A history without events."""

    async def look_for(self, _question):
        return FacePage((), START_MS, have_more=False)


@pytest.mark.parametrize(
    ("call", "level", "lacks"),
    [
        ("search", None, ""),
        ("search", "", ""),
        ("search", "low", ""),
        ("search", "middle", "face_size, clarity"),
        ("search", "high", "face_size, clarity"),
        ("search", "no", ""),
        ("old_search", None, ""),
        ("old_search", "normal", "face_size, clarity"),
    ],
)
def test_c17_a_poor_picture_is_refused_by_the_level_that_is_asked_for(tmp_path, call, level, lacks):
    """``low`` unless it is said, none at all in the older call; the items that failed are named first."""
    calls = SearchByImageCalls(
        Nothing(), Blurred(), tmp_path, level_of, lambda: "ms", lambda: START_MS, ThreadPoolExecutor(1)
    )
    incoming = Incoming(Arguments({**of("ada"), "fiqa_level": level}, lenient=True))
    asked = getattr(calls, call)(incoming)
    if not lacks:
        assert asyncio.run(asked).status == 200
        return
    with pytest.raises(BadImage) as refused:
        asyncio.run(asked)
    assert refused.value.reason == "low_quality"
    assert str(refused.value).startswith(f"{lacks}: ")


def calls_with(pictures, tmp_path):
    return SearchByImageCalls(None, pictures, tmp_path, Level, lambda: "ms", lambda: int(time.time() * 1000), None)


@pytest.mark.parametrize("ends", ["fails", "is cancelled"])
@pytest.mark.parametrize("first", ["search", "old_search"])
@pytest.mark.parametrize("second", ["search", "old_search"])
def test_one_search_runs_at_a_time_and_its_place_is_free_when_it_ends(tmp_path, first, second, ends):
    """Of either generation; also when it fails, or its caller leaves."""

    async def story():
        pictures = HeldPictures()
        calls = calls_with(pictures, tmp_path)
        incoming = Incoming(Arguments(of("ada"), lenient=True))
        running = asyncio.ensure_future(getattr(calls, first)(incoming))
        await pictures.asked.wait()
        with pytest.raises(Refusal) as refused:
            await getattr(calls, second)(incoming)
        assert refused.value.code == "ANOTHER_PICTURE_SEARCH_RUNNING_ERROR"
        if ends == "fails":
            pictures.go_on.set()
        else:
            running.cancel()
        with pytest.raises((Refusal, asyncio.CancelledError)):
            await running
        pictures.go_on.set()
        with pytest.raises(Refusal) as failed:
            await getattr(calls, second)(incoming)
        assert failed.value.code == "NO_FACE_ERROR"

    asyncio.run(story())


def test_a_caller_that_leaves_keeps_nobody_waiting(tmp_path):
    """The search is left off; the next caller's is the one that runs."""
    left = threading.Event()

    class Forever:
        async def faces_of(self, _image, _asked):
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                left.set()

    with http_port(calls_with(Forever(), tmp_path).calls()) as port:
        body = json.dumps(of("ada")).encode()
        head = f"POST {SEARCH} HTTP/1.1\r\nHost: b\r\nContent-Type: application/json\r\n"
        with port.connect() as leaving:
            leaving.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            running = lambda: port.ask("POST", OLD_SEARCH, b"{}").json["error"]["message"]  # noqa: E731
            until(lambda: running() == "another search runs: try again", "the search")
        assert left.wait(DEADLINE_S)
        until(lambda: running() == "face_image_base64", "a search that only lacks its picture")
