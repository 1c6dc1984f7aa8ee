"""The live screen: once with the real film, else with people who come before a camera when a test says so."""

import json
import shutil
from contextlib import closing, contextmanager
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from axe import serious_problems
from broken_line import BrokenLine
from command import VAR, command, running_service, write_config
from film_box import Box, _password
from page_words import words
from reader import LANGUAGES_AND_SIZES, becomes
from running_box import running_box
from waiting import until

from sophon_report.demo.media import make_demo_media
from sophon_report.link.messages import DeviceState
from sophon_report.store.event_index import EventQuery

NASTY = "<img src=x onerror=alert(1)>"
MOST = 60
"""Events in the page at a time."""


class Way(NamedTuple):
    """How a reader gets to a box."""

    url: str
    password: str
    user: str = "admin"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A running service with scripted vision, to which somebody with a nasty name is known."""
    with running_box(tmp_path_factory.mktemp("w")) as one:
        one.register("E-1", NASTY, "ada")
        with one.vision.alive():
            yield one


def way_to(box, port=None):
    """By its own port, or another one that leads to it."""
    return Way(
        box.api if port is None else f"http://127.0.0.1:{port}", box.place.admin_password.read_text().strip()
    )


def shown(page):
    """The ids of the events in the page, the newest first."""
    return page.locator(".events li a").evaluate_all(
        "all => all.map(a => decodeURIComponent(a.hash.split('/')[2]))"
    )


def told(box, limit=MOST):
    """The ids of the box's events, the newest first."""
    box.indexed()
    page = box.process.history.index.page(EventQuery(), limit)
    return [row.event_id for row in page.rows]


def jpeg(width, height):
    """A picture that a browser can show."""
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()


def connected(page):
    page.wait_for_selector(".events .head .badge.good")


@pytest.mark.parametrize(("language", "size"), LANGUAGES_AND_SIZES)
def test_an_event_appears_by_itself_with_its_face_and_a_name_that_is_text(reader, box, language, size):
    """Nothing is reloaded, and nobody is kept out."""
    text = words(language)
    page = reader.open(way_to(box), "#/live", language, size)
    connected(page)
    before = shown(page)
    box.vision.visit("ada", face_jpeg=jpeg(64, 64))
    becomes(page, "count => document.querySelectorAll('.events li').length > count", arg=len(before))
    newest = page.locator(".events li").first
    assert newest.locator("strong").inner_text() == NASTY
    assert text["page.kind_employee"] in newest.inner_text()
    becomes(page, "() => document.querySelector('.events .picture img')?.naturalWidth > 10")
    assert shown(page)[1:] == before
    assert page.locator("img[src='x']").count() == 0
    assert serious_problems(page) == []


def test_pictures_of_cameras_come_with_boxes_and_names_as_large_as_they_are_shown(reader, box):
    """One, four or sixteen; a camera that is off says so and why; nobody looks: none is made."""
    vision, text = box.vision, words("en")
    vision.online("door")
    vision.link.send(DeviceState("yard", "offline", "nothing listens", reason_code="port_closed"))
    page = reader.open(way_to(box), "#/live")
    until(lambda: vision.wanted is not None and vision.wanted.widths_px == {"door": 640}, "four tiles")
    track = vision.arrives("ada")
    vision.preview("door", (track, (100, 50, 200, 170)), jpeg=jpeg(640, 360))
    becomes(page, "() => document.querySelector('.tile img')?.naturalWidth > 10")
    page.wait_for_selector(".boxes rect.known")
    assert page.locator(".boxes text").inner_html().find("<img") == -1
    assert page.locator(".tile figcaption").first.inner_text().count(NASTY) == 1
    assert page.get_by_text(text["live.state_offline"], exact=True).is_visible()
    page.get_by_role("button", name="front door", exact=True).click()
    until(lambda: vision.wanted.widths_px == {"door": 960}, "one tile")
    page.get_by_role("button", name="16 cameras").click()
    until(lambda: vision.wanted.widths_px == {"door": 320}, "sixteen tiles")
    assert serious_problems(page) == []
    page.goto(f"{box.api}/#/people")
    until(lambda: vision.wanted.device_ids == (), "nobody looks")
    vision.leaves("door")


def test_what_is_wrong_is_counted_and_leads_to_where_it_is_mended(reader, box):
    """On every screen."""
    box.vision.link.send(DeviceState("yard", "offline", "nothing listens", reason_code="port_closed"))
    until(lambda: "yard" in box.call(box.process.flow.states), "its state")
    page = reader.open(way_to(box), "#/live")
    page.get_by_text(words("en")["live.wrong_camera_off"].replace("{name}", "back yard")).wait_for()
    page.goto(f"{box.api}/#/people")
    page.wait_for_selector(".side .count")
    assert page.locator(".side .count").inner_text() == "1"
    page.goto(f"{box.api}/#/live")
    link = words("en")["live.mend"].replace("{screen}", words("en")["page.cameras"])
    page.get_by_role("link", name=link).click()
    becomes(page, "() => location.hash === '#/cameras/edit/yard'")
    box.vision.online("yard")


def test_what_a_page_missed_while_the_line_was_cut_comes_once_each(reader, box):
    """By itself and in order, with the sign that it was away meanwhile."""
    with closing(BrokenLine(box.process.api_port)) as line:
        page = reader.open(way_to(box, line.port), "#/live")
        connected(page)
        box.vision.visit("ada")
        page.wait_for_selector(".events li")
        line.cut()
        page.wait_for_selector(".events .head .badge.bad")
        for who in ("ada", "bob", "ada"):
            box.vision.visit(who)
        expected = until(lambda: len(ids := told(box)) >= 4 and ids, "four events")
        line.mend()
        becomes(page, "newest => document.querySelector('.events li a')?.hash.endsWith(newest)", arg=expected[0])
        connected(page)
        assert shown(page)[:4] == expected[:4]
        assert len(set(shown(page))) == len(shown(page))


def test_a_page_left_open_stays_small_whatever_comes(reader, box):
    """Hundreds of events in a moment: the list is bounded, and so is everything else in the page."""
    page = reader.open(way_to(box), "#/live")
    connected(page)

    def burst(count):
        for _ in range(count):
            box.vision.visit("ada")
        newest = told(box, 1)[0]
        becomes(page, "id => document.querySelector('.events li a')?.hash.endsWith(id)", arg=newest)
        return page.evaluate("() => document.querySelectorAll('*').length")

    first = burst(2 * MOST)
    assert len(shown(page)) == MOST
    assert burst(5 * MOST) <= first + 50  # an hour or a camera more in the figures
    assert len(shown(page)) == MOST


def test_nothing_moves_while_somebody_reads(reader, box):
    """What comes is counted and held back until the focus leaves the list."""
    page = reader.open(way_to(box), "#/live")
    connected(page)
    box.vision.visit("ada")
    page.wait_for_selector(".events li a")
    page.locator(".events li a").first.focus()
    before = shown(page)
    box.vision.visit("bob")
    page.wait_for_selector(".events .held")
    assert shown(page) == before
    page.get_by_role("heading", level=1).focus()
    becomes(page, "count => !document.querySelector('.events .held')", arg=0)
    assert shown(page)[1] == before[0]


@contextmanager
def playing(folder):
    """The real service, whose camera is the demo's film, over and over."""
    media = make_demo_media(VAR / "demo" / "media", VAR / "pictures", say=lambda _line: None)
    (folder / "d" / "import").mkdir(parents=True)
    film = folder / "d" / "import" / "demo.mp4"
    shutil.copy(media.video, film)
    device = f'[[device]]\nid = "demo"\nname = {json.dumps(NASTY)}\ntype = "file"\nurl = "{film}"\nloop = true\n'
    config = write_config(folder, device)
    assert command("people", "import", media.people, "--config", config).returncode == 0
    with running_service(config) as service:
        yield Box(service, folder, until(lambda: _password(folder / "d" / "admin-password"), "a password"))


@pytest.mark.models
def test_the_film_is_seen_with_its_people_and_its_events_come(reader, tmp_path_factory):
    """Real pictures, real boxes, real names: nothing but the page is looked at."""
    with playing(tmp_path_factory.mktemp("l")) as box:
        page = reader.open(box, "#/live")
        becomes(page, "() => document.querySelector('.tile img')?.naturalWidth > 100")
        page.wait_for_selector(".boxes rect.known")
        becomes(page, "() => document.querySelectorAll('.events li').length >= 2")
        becomes(page, "() => document.querySelector('.events .picture img')?.naturalWidth > 10")
        becomes(page, "() => Number(document.querySelector('.today .value')?.textContent) >= 2")
        assert page.locator(".tile figcaption").inner_text().startswith(NASTY)
