"""The cameras of the page: added with a live test, drawn on, changed and deleted, in both languages."""

import contextlib
import socket

import pytest
from axe import serious_problems
from page_words import words
from reader import LANGUAGES_AND_SIZES, come_to
from waiting import until

EVIL = "<img src=x onerror=\"document.title='taken'\">门"
SECRET = "hunter2/#@"


@contextlib.contextmanager
def camera(box, **more):
    """A camera that is stored, and gone afterwards."""
    body = {"device_id": "gate", "name": "Gate", "url": "rtsp://u:hunter2@127.0.0.1:9/a", **more}
    stored = box.made("POST", "/devices", body)
    try:
        yield stored
    finally:
        box.ask("DELETE", f"/devices/{stored['device_id']}")


def stored(box, device_id):
    return box.made("GET", f"/devices/{device_id}")


def nobody_listens():
    """A port where nothing is."""
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.parametrize(("language", "size"), LANGUAGES_AND_SIZES)
def test_cameras_are_listed_with_what_they_see(reader, film_box, language, size):
    """A film that is over says so; nobody is kept out, and a phone shows no wider page."""
    page = reader.open(film_box, "#/cameras", language, size)
    card = page.locator(".camera", has_text="Front door")
    card.get_by_text(words(language)["cameras.state_ended"]).wait_for()
    assert serious_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_camera_that_does_not_answer_is_told_in_chinese_with_what_to_do(reader, film_box):
    """Before anything is saved; the password is in no address, no answer and nowhere on the page."""
    t = words("zh")
    page = reader.open(film_box, "#/cameras/new", "zh", "phone")
    answers = []
    page.on("response", lambda answer: answers.append(answer) if "/api/v1/devices" in answer.url else None)
    place = f"127.0.0.1:{nobody_listens()}/a"
    page.get_by_label(t["cameras.address"], exact=True).fill(f"rtsp://{place}")
    page.get_by_label(t["cameras.user"], exact=True).fill("admin")
    page.get_by_label(t["cameras.password"], exact=True).fill(SECRET)
    page.get_by_role("button", name=t["cameras.test"], exact=True).click()
    page.get_by_text(t["cameras.reason_port_closed"]).wait_for()
    assert serious_problems(page) == []
    page.get_by_label(t["cameras.id"], exact=True).fill("zh-1")
    page.get_by_role("button", name=t["page.save"]).click()
    come_to(page, "#/cameras")
    try:
        page.get_by_text(f"rtsp://admin:***@{place}", exact=True).wait_for()
        page.goto(f"{film_box.url}/#/cameras/edit/zh-1")
        page.get_by_label(t["cameras.user"], exact=True).wait_for()
        assert page.get_by_label(t["cameras.user"], exact=True).input_value() == "admin"
        assert page.get_by_label(t["cameras.password"], exact=True).input_value() == ""
        assert SECRET not in page.content()
        assert "hunter2" not in page.content() + "".join(answer.text() for answer in answers if answer.ok)
    finally:
        film_box.ask("DELETE", "/devices/zh-1")


def test_what_a_test_found_is_said_of_the_address_that_was_tested_only(reader, film_box):
    """Of another one nothing is known; back at the first it still is."""
    t = words("en")
    page = reader.open(film_box, "#/cameras/new", "en", "desktop")
    address = page.get_by_label(t["cameras.address"], exact=True)
    tested = f"rtsp://127.0.0.1:{nobody_listens()}/a"
    address.fill(tested)
    page.get_by_role("button", name=t["cameras.test"], exact=True).click()
    told = page.get_by_text(t["cameras.reason_port_closed"])
    told.wait_for()
    address.fill("rtsp://10.0.0.7/b")
    told.wait_for(state="detached")
    address.fill(tested)
    told.wait_for()


def test_a_region_is_drawn_by_keyboard_by_numbers_and_by_mouse(reader, film_box):
    """On the picture of a test, in the camera's own pixels; what is saved is what was drawn."""
    t = words("en")
    page = reader.open(film_box, "#/cameras/edit/demo", "en", "desktop")
    page.get_by_role("button", name=t["cameras.test"], exact=True).click()
    surface = page.get_by_role("application", name=t["cameras.region_draw"])
    surface.wait_for()
    sides = [
        page.get_by_label(t[f"cameras.region_{side}"], exact=True) for side in ("left", "top", "right", "bottom")
    ]

    def told():
        """What the fields say, once they say something: the page draws a moment later."""
        until(lambda: all(side.input_value() for side in sides), "a region in numbers")
        return [int(side.input_value()) for side in sides]

    surface.focus()
    page.keyboard.press("ArrowRight")
    first = told()
    page.keyboard.press("Shift+ArrowDown")
    until(lambda: told()[3] > first[3], "a region that is lower")
    assert told()[:3] == first[:3]
    sides[0].fill("10")
    box = surface.bounding_box()
    page.get_by_role("button", name=t["cameras.region_all"]).click()
    page.get_by_text(t["cameras.region_whole"]).wait_for()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    until(lambda: told()[0] > 0, "the region that was drawn")
    drawn = told()
    assert 0 < drawn[0] < drawn[2]
    assert 0 < drawn[1] < drawn[3]
    assert serious_problems(page) == []
    page.get_by_role("button", name=t["page.save"]).click()
    come_to(page, "#/cameras")
    assert stored(film_box, "demo")["region"] == drawn
    demo = stored(film_box, "demo")
    film_box.made("PUT", "/devices/demo", {**demo, "region": []})


def test_a_name_that_is_html_stays_text(reader, film_box):
    """On the list, in the editor and in what is asked before it goes."""
    t = words("en")
    with camera(film_box, name=EVIL):
        page = reader.open(film_box, "#/cameras")
        page.get_by_role("link", name=EVIL).click()
        page.get_by_role("heading", level=1, name=EVIL).wait_for()
        page.get_by_role("button", name=t["page.delete"]).click()
        dialog = page.get_by_role("dialog")
        assert dialog.get_by_role("button", name=t["page.delete"]).is_disabled()
        dialog.get_by_role("textbox").fill(EVIL)
        dialog.get_by_role("button", name=t["page.delete"]).click()
        come_to(page, "#/cameras")
        page.locator(".camera", has_text="Front door").wait_for()
        assert page.locator("main img[src=x]").count() == 0
        assert "taken" not in page.title()
        assert film_box.ask("GET", "/devices/gate").status == 404


def test_a_stored_password_goes_to_no_other_host(reader, film_box):
    """The page asks for it again, and the box would refuse too."""
    t = words("en")
    with camera(film_box):
        page = reader.open(film_box, "#/cameras/edit/gate", "en", "phone")
        address = page.get_by_label(t["cameras.address"], exact=True)
        assert address.input_value() == "rtsp://127.0.0.1:9/a"
        address.fill("rtsp://127.0.0.2:9/a")
        page.get_by_role("button", name=t["page.save"]).click()
        page.get_by_text(t["cameras.wrong_password_again"]).wait_for()
        address.fill("rtsp://127.0.0.1:9/b")
        page.get_by_role("button", name=t["page.save"]).click()
        come_to(page, "#/cameras")
        assert stored(film_box, "gate")["url"] == "rtsp://u:***@127.0.0.1:9/b"


def test_who_was_slower_sees_what_is_saved_now_and_saves_then(reader, film_box):
    """What somebody else has changed meanwhile is neither written over nor in the way for ever."""
    t = words("en")
    with camera(film_box) as first:
        page = reader.open(film_box, "#/cameras/edit/gate", "en")
        name = page.get_by_label(t["cameras.name"], exact=True)
        name.fill("Mine")
        film_box.made("PUT", "/devices/gate", {**first, "name": "Theirs"})
        page.get_by_role("button", name=t["page.save"]).click()
        page.get_by_text(t["page.problem_PRECONDITION_FAILED"]).wait_for()
        assert stored(film_box, "gate")["name"] == "Theirs"
        page.get_by_role("button", name=t["page.read_again"]).click()
        page.get_by_role("heading", level=1, name="Theirs").wait_for()
        assert name.input_value() == "Theirs"
        name.fill("Ours")
        page.get_by_role("button", name=t["page.save"]).click()
        come_to(page, "#/cameras")
        assert stored(film_box, "gate")["name"] == "Ours"


def test_a_box_without_cameras_explains_how_one_comes(reader, fresh_box):
    """And leads there."""
    t = words("zh")
    page = reader.open(fresh_box, "#/cameras", "zh", "phone")
    page.get_by_text(t["cameras.none"]).wait_for()
    assert serious_problems(page) == []
    page.get_by_role("link", name=t["cameras.add"]).click()
    page.get_by_role("heading", level=1, name=t["cameras.add"]).wait_for()
