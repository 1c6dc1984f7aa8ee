"""Past events by our own REST: filters, places to go on from, counts over time, where they were delivered."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from past_visits import ADA, BOB, at_ms, register, visit_of, visits_box
from running_box import HOST, picture, running_box, until

from sophon_report.model import Attributes, Likelihood

PATH = "/api/v1/events"
OPEN = {"open_reads": True, "open_writes": True}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with visits_box(tmp_path_factory.mktemp("v")) as running:
        yield running


def listed(box, query=""):
    answer = box.ask("GET", PATH + query)
    assert answer.status == 200, answer.body
    return answer.body


def visits(told):
    return [visit_of(event["at_ms"]) for event in told["events"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?device_id=yard", [4, 2]),
        ("?device_id=yard&device_id=door", [5, 4, 3, 2, 1]),
        ("?known=false", [3]),
        ("?known=true&oldest_first=true", [1, 2, 4, 5]),
        ("?user_type=vip", [5, 2]),
        ("?user_type=vip&user_type=stranger", [5, 3, 2]),
        ("?permission_id=nobody", []),
        ("?name=lovelace&device_id=yard", [4]),
        (f"?identity_id={BOB}&to_ms={at_ms(2)}", [2]),
    ],
)
def test_events_are_filtered_by_several_values(box, query, expected):
    """What is given several times is either of them; what is different must all be true."""
    told = listed(box, query)
    assert visits(told) == expected
    assert told["total"] == len(expected)


def test_scores_are_a_range(box):
    """Both ends count; Ada's fourth visit was the most alike."""
    best = max(listed(box)["events"], key=lambda event: event["score_pct"])
    assert visit_of(best["at_ms"]) == 4
    assert visits(listed(box, f"?min_score={best['score_pct']}")) == [4]
    assert 4 not in visits(listed(box, f"?max_score={best['score_pct'] - 0.01:.4f}"))


@pytest.mark.parametrize("order", ["", "&oldest_first=true"])
def test_pages_go_on_from_a_place_and_back(box, order):
    """Without leaving out or repeating an event, whichever way, and say where the list ends."""
    forward, back = ("newer", "older") if order else ("older", "newer")
    parameter = {"older": "before", "newer": "after"}
    page, seen = listed(box, f"?limit=2&counted=false{order}"), []
    assert page["total"] is None
    while True:
        seen += visits(page)
        if not page[forward]:
            break
        last, page = page, listed(box, f"?limit=2&{parameter[forward]}={page[forward]}{order}")
    assert seen == ([1, 2, 3, 4, 5] if order else [5, 4, 3, 2, 1])
    again = listed(box, f"?limit=2&{parameter[back]}={page[back]}{order}")
    assert visits(again) == visits(last)


@pytest.mark.parametrize(
    "query", ["before=abc", "after=1.99999999999999999999", "before=1.1&after=1.1", "before=1.1&offset=1"]
)
def test_a_wrong_place_is_refused_by_name(box, query):
    """And the parameter named."""
    answer = box.ask("GET", f"{PATH}?{query}")
    assert answer.status == 400
    assert answer.body["errors"][0]["parameter"] in ("before", "after", "offset")


def test_events_are_counted_over_time(box):
    """Each in its piece, strangers apart; without times it is all there is."""
    told = box.ask("GET", f"{PATH}/histogram?from_ms={at_ms(1)}&to_ms={at_ms(6) - 1}&buckets=5").body
    assert [bucket["from_ms"] for bucket in told["buckets"]] == [at_ms(visit) for visit in range(1, 6)]
    assert [bucket["events"] for bucket in told["buckets"]] == [1] * 5
    assert [bucket["strangers"] for bucket in told["buckets"]] == [0, 0, 1, 0, 0]
    assert told["complete"]
    assert told["end_ms"] == at_ms(6)
    assert (told["oldest_ms"], told["newest_ms"]) == (at_ms(1), at_ms(5))
    everything = box.ask("GET", f"{PATH}/histogram?identity_id={ADA}&buckets=3").body
    assert sum(bucket["events"] for bucket in everything["buckets"]) == 2


def test_a_picture_finds_the_visits_of_whom_it_shows(box):
    """The most alike first, among what the filters let pass; a picture without a face is refused."""

    def search(of, query=""):
        return box.ask("POST", f"{PATH}/search-by-picture{query}", picture(of), {"Content-Type": "image/jpeg"})

    found = search("ada").body
    assert [visit_of(each["event"]["at_ms"]) for each in found["events"]] == [1, 4]
    assert found["events"][0]["likeness_pct"] > found["events"][1]["likeness_pct"]
    assert not found["more"]
    assert not found["cut"]
    yard = search("ada", "?device_id=yard&known=true").body
    assert [visit_of(each["event"]["at_ms"]) for each in yard["events"]] == [4]
    wall = search("wall")
    assert (wall.status, wall.code) == (400, "NO_FACE")


def test_an_event_is_told_whole(box):
    """With its looks, its pictures that are there, its stay and its mark."""
    [short] = listed(box, f"?identity_id={BOB}&device_id=yard")["events"]
    told = box.ask("GET", f"{PATH}/{short['event_id']}").body
    assert told["pictures"] == ["scene", "face", "register"]
    assert (told["pass_pct"], told["ended_by"], told["delivery"]) == (82.0, "left", [])
    assert told["shot"]["quality"]["size_px"] == 120
    assert {"gender", "age_years", "glasses", "mask", "hat"} == set(told["shot"]["looks"])
    assert {name: told[name] for name in short} == short


def looks(age_years, **probable):
    likely = tuple(Likelihood(name, each, no_to=0.3, yes_from=0.7) for name, each in probable.items())
    return Attributes.told(likely, age_years)


def test_looks_are_asked_by(tmp_path):
    """What is not known of a face fits nothing."""
    shown = [
        looks(30.6, male=0.9, glasses=0.9, mask=0.1),
        looks(50.0, male=0.1, glasses=0.5, hat=0.1),
        looks(None),
    ]
    with running_box(tmp_path / "l", access=OPEN) as box:
        register(box)
        for attributes in shown:
            box.vision.visit("ada", attributes=attributes)
        until(lambda: listed(box)["total"] == len(shown), "the events in the index")
        asked = {
            "gender=female": [2],
            "glasses=true": [1],
            "mask=false": [1],
            "hat=false": [2],
            "hat=true": [],
            "min_age=30&max_age=30": [1],
            "max_age=60": [2, 1],
        }
        assert {query: visits(listed(box, f"?{query}")) for query in asked} == asked


class Receiver(BaseHTTPRequestHandler):
    """Takes events, or refuses those of whom it is told to."""

    refused = frozenset()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        no = any(name in body for name in self.refused)
        self.send_response(400 if no else 200)
        answer = b"not him" if no else b"{}"
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextmanager
def receiver(refused=()):
    server = HTTPServer((HOST, 0), type("Own", (Receiver,), {"refused": frozenset(refused)}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def whereabouts(box, event):
    told = box.ask("GET", f"{PATH}/{event['event_id']}").body
    return {each["destination"]: each for each in told["delivery"]}


def test_where_an_event_was_delivered_is_told_as_it_is_known(tmp_path):
    """When, within the seconds of a note; who refused it and why; what waits, was kept back, or came too early."""
    with receiver(refused={"Ada"}) as url, running_box(
        tmp_path / "d",
        access=OPEN,
        destination=[
            {"name": "takes", "url": url, "layout": "g2", "person_name": False},
            {"name": "refuses", "url": url, "layout": "g2"},
            {"name": "away", "url": "http://127.0.0.1:9/", "layout": "g2"},
            {"name": "only-vips", "url": url, "layout": "g2", "user_types": ["vip"]},
            {"name": "at-once", "url": url, "layout": "se3", "person_name": False},
        ],
    ) as box:
        register(box)
        box.vision.visit("ada")
        until(lambda: listed(box)["total"] == 1 and listed(box)["events"][0]["out_ms"], "the event in the index")
        [event] = listed(box)["events"]
        until(lambda: whereabouts(box, event)["refuses"]["state"] == "refused", "the dead letter")
        until(lambda: whereabouts(box, event)["takes"]["state"] == "delivered", "the delivery")
        until(lambda: whereabouts(box, event)["at-once"]["state"] == "delivered", "the report at once")
        until(lambda: whereabouts(box, event)["away"]["reason"], "trouble")
        box.ask("POST", "/api/v1/destinations", {"name": "later", "url": url, "layout": "g2"})
        told = whereabouts(box, event)
        states = {name: each["state"] for name, each in told.items()}
        assert states == {
            "takes": "delivered",
            "refuses": "refused",
            "away": "waiting",
            "only-vips": "kept_back",
            "at-once": "delivered",
            "later": "before",
        }
        assert told["takes"]["from_ms"] == told["takes"]["to_ms"] > 0
        assert (told["refuses"]["http_status"], told["refuses"]["answer"]) == (400, "not him")
        assert told["at-once"]["seq"] < told["takes"]["seq"] == told["refuses"]["seq"]
        seq = str(told["refuses"]["seq"])
        box.ask("POST", "/api/v1/destinations/refuses/dead/drop", {"ids": [seq]})
        assert whereabouts(box, event)["refuses"]["state"] == "given_up"


def test_what_was_noted_of_deliveries_is_there_after_a_restart(tmp_path):
    """Written at the end of the service at the latest."""
    root = tmp_path / "r"
    with receiver() as url:
        wanted = {"access": OPEN, "destination": [{"name": "takes", "url": url, "layout": "g2"}]}
        with running_box(root, **wanted) as box:
            register(box)
            box.vision.visit("ada")
            until(lambda: listed(box)["total"] and listed(box)["events"][0]["out_ms"], "the event in the index")
            [event] = listed(box)["events"]
            until(lambda: whereabouts(box, event)["takes"]["to_ms"], "the delivery")
            before = whereabouts(box, event)
        with running_box(root, **wanted) as box:
            until(lambda: listed(box)["total"], "the index")
            assert whereabouts(box, event) == before
