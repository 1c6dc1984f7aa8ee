"""The frame of the page: who sees it, in which language, by keyboard, and what comes at the first look."""

import pytest
from axe import serious_problems
from page_words import words
from reader import LANGUAGES_AND_SIZES, becomes

EN = words("en")
SCREENS = ("live", "cameras", "people", "upload", "history", "system", "access", "account")


@pytest.mark.parametrize(("language", "size"), LANGUAGES_AND_SIZES)
def test_a_visitor_gets_the_login_in_the_language_of_the_browser(reader, film_box, language, size):
    """And nobody is kept out of it."""
    page = reader.visitor(film_box, language, size)
    assert page.get_by_role("heading", level=1).inner_text() == words(language)["page.login"]
    assert page.evaluate("document.documentElement.lang") == language
    assert serious_problems(page) == []


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_keeps_anybody_out(reader, film_box, screen, scheme):
    """Axe finds nothing serious, in light in English on a desk, in dark in Chinese on a phone."""
    language, size = ("en", "desktop") if scheme == "light" else ("zh", "phone")
    page = reader.open(film_box, f"#/{screen}", language, size, color_scheme=scheme)
    becomes(page, "() => !document.querySelector('[aria-busy=true]')")
    assert serious_problems(page) == []


def test_a_phone_scrolls_in_one_direction_only(reader, film_box):
    """No screen is wider than the smallest phone."""
    page = reader.open(film_box, "#/live", "en", "phone", viewport={"width": 360, "height": 740})
    for screen in SCREENS:
        page.goto(f"{film_box.url}/#/{screen}")
        page.wait_for_selector("#main h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, screen


def test_the_language_is_switched_in_the_page_and_kept(reader, film_box):
    """Over a reload too."""
    page = reader.visitor(film_box, "en")
    page.get_by_role("button", name="中文").click()
    page.get_by_role("heading", name=words("zh")["page.login"]).wait_for()
    page.reload()
    page.get_by_role("heading", name=words("zh")["page.login"]).wait_for()


def test_the_page_is_worked_by_keyboard(reader, film_box):
    """From the first tab to another screen; what has the focus can be seen."""
    page = reader.open(film_box, "#/live")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("link", name="Cameras").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none"
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Cameras").wait_for()
    becomes(page, "() => document.activeElement.matches('h1')")


def test_a_dialog_gives_the_focus_back_however_it_is_closed(reader, film_box):
    """By its buttons as by Escape: the reader goes on where the dialog was asked for."""
    page = reader.open(film_box, "#/access/users")
    for way in (words("en")["page.cancel"], words("en")["page.close"]):
        page.get_by_role("button", name=words("en")["access.user_add"]).click()
        page.get_by_role("dialog").get_by_role("button", name=way, exact=True).click()
        page.get_by_role("dialog").wait_for(state="detached")
        assert page.evaluate("document.activeElement.textContent.trim()") == words("en")["access.user_add"]


def test_the_first_screen_is_small_and_comes_quickly_over_a_slow_link(reader, film_box):
    """Less than 200 KB in all, and within a second at 1.6 Mbit/s and 150 ms there and back.

    The second is that of the link: what the machine of the tests needs to start a page is not counted.
    """
    context = reader.context()
    page = context.new_page()
    client = context.new_cdp_session(page)
    sizes = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    client.send("Network.enable")
    page.goto(film_box.url)
    page.wait_for_selector("main h1")
    page.wait_for_load_state("networkidle")
    assert 20_000 < sum(sizes) < 200_000


def test_what_was_filled_in_outlives_a_session(reader, film_box):
    """The same user goes on where the box asked for a new login; until then nothing of it is shown."""
    page = reader.open(film_box, "#/cameras/new")
    name = page.get_by_label(EN["cameras.name"], exact=True)
    name.fill("East gate")
    page.get_by_label(EN["cameras.address"], exact=True).fill("rtsp://127.0.0.1:9/ch1")
    page.context.clear_cookies()
    page.get_by_role("button", name=EN["page.save"]).click()
    page.get_by_role("button", name=EN["login.go"]).wait_for()  # until then the camera's password has that label
    page.get_by_label(EN["login.password"]).fill(film_box.password)
    assert name.count() == 0
    page.get_by_role("button", name=EN["login.go"]).click()
    page.get_by_text(EN["page.still_there"]).wait_for()
    assert name.input_value() == "East gate"
    assert page.get_by_label(EN["cameras.address"], exact=True).input_value() == "rtsp://127.0.0.1:9/ch1"


def test_a_dialog_goes_with_the_place_it_lies_over(reader, film_box):
    """The browser's way back closes a visit and leaves the list, with the focus where it was."""
    page = reader.open(film_box, "#/history")
    row = page.locator(".visits a").first
    row.click()
    page.get_by_role("dialog").wait_for()
    page.go_back()
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.url.endswith("#/history")
    assert row.evaluate("(row) => row === document.activeElement")
