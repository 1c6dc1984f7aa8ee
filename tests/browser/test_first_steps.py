"""The first steps as a newcomer takes them: from the made-up password to the first event on the screen."""

import shutil
from contextlib import contextmanager

import pytest
from axe import serious_problems
from bundled_receiver import bundled_receiver
from command import VAR, running_service, write_config
from film_box import Box
from page_words import words
from reader import becomes, come_to
from waiting import until

from sophon_report.demo.media import make_demo_media

MINE = "four-words-of-mine"
EVENT_MS = 90_000
EVIL = '<img src=x onerror="document.title=1">'


@contextmanager
def new_box(folder):
    """A box out of its carton, with the demo film in its import folder."""
    media = make_demo_media(VAR / "demo" / "media", VAR / "pictures", say=lambda _line: None)
    (folder / "d" / "import").mkdir(parents=True)
    shutil.copy(media.video, folder / "d" / "import" / "demo.mp4")
    with running_service(write_config(folder, "")) as service:
        file = folder / "d" / "admin-password"
        yield Box(service, folder, until(lambda: file.exists() and file.read_text().strip(), "a password"))


@pytest.fixture
def box(tmp_path_factory):
    """See :func:`new_box`."""
    with new_box(tmp_path_factory.mktemp("n")) as box:
        yield box


def heading(page, say, step):
    page.get_by_role("heading", level=2, name=say[f"setup.{step}_title"]).wait_for()
    becomes(page, "() => !document.querySelector('main [aria-busy=true]')")
    assert serious_problems(page) == [], step
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "size"), [("zh", "desktop"), ("en", "phone")])
def test_a_newcomer_gets_from_the_carton_to_the_first_event(reader, box, language, size):
    """Every step in both languages; what goes wrong says what to do; the address is tried before it is saved."""
    say = words(language)
    page = reader.visitor(box, language, size)
    page.get_by_text(str(box.folder / "d" / "admin-password")).wait_for()
    assert serious_problems(page) == []
    page.get_by_label(say["login.password"]).fill(box.password)
    press(page, say["login.go"])

    heading(page, say, "password")
    page.get_by_label(say["setup.password_next"], exact=True).fill("short")
    page.get_by_label(say["setup.password_again"]).fill("other")
    press(page, say["setup.password_save"])
    page.get_by_text(say["setup.password_short"]).wait_for()
    page.get_by_label(say["setup.password_next"], exact=True).fill(MINE)
    page.get_by_label(say["setup.password_again"]).fill(MINE)
    press(page, say["setup.password_save"])

    heading(page, say, "access")
    page.get_by_label(say["setup.access_write"]).check()
    page.get_by_text(say["setup.access_warn_write"]).wait_for()
    page.get_by_label(say["setup.access_none"]).check()
    press(page, say["page.next"])

    heading(page, say, "name")
    page.get_by_label(say["setup.name_label"]).fill(EVIL)
    press(page, say["page.next"])

    heading(page, say, "camera")
    page.get_by_label(say["cameras.address"], exact=True).fill("rtsp://127.0.0.1:1/a")
    press(page, say["cameras.test"])
    page.get_by_text(say["cameras.reason_port_closed"]).wait_for()
    page.get_by_label(say["cameras.type_file"]).check()
    page.get_by_label(say["cameras.film"], exact=True).select_option("demo.mp4")
    press(page, say["cameras.test"])
    page.get_by_alt_text(say["setup.camera_picture"]).wait_for()
    assert serious_problems(page) == []
    press(page, say["setup.camera_add"])

    with bundled_receiver() as receiver:
        heading(page, say, "upload")
        page.get_by_label(say["setup.upload_url"]).fill("http://127.0.0.1:1/events")
        press(page, say["setup.upload_test"])
        page.get_by_text(say["upload.reason_refused"]).wait_for()
        page.get_by_label(say["setup.upload_url"]).fill(receiver.url("/HistoryEvent"))
        press(page, say["setup.upload_test"])
        page.get_by_role("region", name=say["upload.request"]).get_by_text("POST /").wait_for()
        page.get_by_role("region", name=say["upload.answer"]).get_by_text("HTTP 200").wait_for()
        assert serious_problems(page) == []
        press(page, say["setup.upload_save"])
        heading(page, say, "event")
        page.get_by_text(say["setup.event_came"]).wait_for(timeout=EVENT_MS)
        assert serious_problems(page) == []
        receiver.wait_for("/HistoryEvent", 2)

    press(page, say["setup.finish"])
    come_to(page, "#/live")
    page.goto(f"{box.url}/")
    page.get_by_role("heading", level=1, name=say["page.live"]).wait_for()
    assert EVIL in page.title()
    told = page.request.get(f"{box.url}/api/v1/setup").json()
    assert (told["done"], told["generated"], told["password_file"], told["name"]) == (True, False, "", EVIL)


def test_the_steps_are_left_and_gone_on_with_elsewhere(reader, fresh_box):
    """They come by themselves until they are done; a step that was left out is behind."""
    say = words("en")
    page = reader.open(fresh_box, at="")
    heading(page, say, "password")
    page.get_by_role("link", name=say["setup.later"]).click()
    page.get_by_role("heading", level=1, name=say["page.live"]).wait_for()
    page.goto(f"{fresh_box.url}/#/setup/name")
    heading(page, say, "name")
    press(page, say["setup.skip"])
    heading(page, say, "camera")
    press(page, say["setup.skip"])
    heading(page, say, "upload")
    press(page, say["setup.skip"])
    heading(page, say, "event")
    page.get_by_text(say["setup.event_no_camera"]).wait_for()
    other = reader.open(fresh_box, at="")
    heading(other, say, "password")
    assert other.locator(".setup-steps .behind").count() == 3
    other.get_by_label(say["setup.password_old"]).fill("not-the-one")
    other.get_by_label(say["setup.password_next"], exact=True).fill(MINE)
    other.get_by_label(say["setup.password_again"]).fill(MINE)
    press(other, say["setup.password_save"])
    other.get_by_text(say["setup.password_old_wrong"]).wait_for()


def test_what_kept_one_step_from_opening_is_not_said_of_another(reader, fresh_box):
    """Whoever goes back finds that step without it."""
    say = words("en")
    page = reader.open(fresh_box, at="#/setup/name")
    heading(page, say, "name")
    page.route("**/api/v1/devices", lambda route: route.abort("connectionfailed"))
    page.goto(f"{fresh_box.url}/#/setup/camera")
    page.get_by_text(say["page.problem_NO_CONNECTION"]).wait_for()
    page.goto(f"{fresh_box.url}/#/setup/name")
    heading(page, say, "name")
    page.get_by_label(say["setup.name_label"]).wait_for()
    assert page.get_by_text(say["page.problem_NO_CONNECTION"]).count() == 0
