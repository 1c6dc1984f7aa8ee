"""People in bulk and strangers on the page: a file with good and bad photos, its report, and who a stranger is."""

import io
import zipfile

import pytest
from axe import serious_problems
from command import VAR
from page_words import words
from reader import HeldCalls
from waiting import until

EVIL = "<img src=x onerror=\"document.title='taken'\">"


def photos():
    """The people of the demo."""
    return sorted((VAR / "demo" / "media" / "people").glob("*.jpg"))


def a_zip():
    """One photo that is good, one that is none, and one that says nobody's name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(f"X-1__{EVIL}.jpg", photos()[0].read_bytes())
        packed.writestr("X-2__Nobody.jpg", b"no picture")
        packed.writestr("whoever.jpg", photos()[0].read_bytes())
    return file.getvalue()


@pytest.mark.parametrize(("language", "size"), [("zh", "phone"), ("en", "desktop")])
def test_an_import_of_good_and_bad_photos_ends_with_its_report(reader, film_box, language, size):
    """Who is registered, who is not and why, in the page's language; no name is HTML; no file is kept."""
    t = words(language)
    page = reader.open(film_box, "#/people/import", language, size)
    given = {"name": "人员 1.zip", "mimeType": "application/zip", "buffer": a_zip()}
    page.set_input_files("#import-file", given)
    page.get_by_role("button", name=t["people_import.begin"], exact=True).first.click()
    try:
        page.get_by_text(t["people_import.done_some"]).wait_for()
        for code in ("not_an_image", "name"):
            page.get_by_text(t[f"people_import.reason_{code}"]).wait_for()
        assert serious_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        with page.expect_download() as download:
            page.get_by_role("link", name=t["people_import.download"]).click()
        assert "whoever.jpg" in download.value.path().read_text("utf-8-sig")
        assert film_box.made("GET", "/people/X-1")["name"] == EVIL
        assert film_box.made("GET", "/uploads")["uploads"] == []
        assert "taken" not in page.title()
    finally:
        film_box.ask("DELETE", "/people/X-1")


def test_an_import_begins_once_however_often_it_is_asked_for(reader, film_box):
    """What is asked of the box is under way before it has answered."""
    t = words("en")
    page = reader.open(film_box, "#/people/import", "en", "desktop")
    page.set_input_files("#import-file", {"name": "a.zip", "mimeType": "application/zip", "buffer": a_zip()})
    begin = page.get_by_role("button", name=t["people_import.begin"], exact=True).first
    begin.wait_for()
    try:
        with HeldCalls(page, "**/api/v1/people/import") as held:
            begin.evaluate("(button) => { button.click(); button.click(); }")
            page.locator("progress").wait_for()
            assert len(held.wait()) == 1
        page.get_by_text(t["people_import.done_some"]).wait_for()
    finally:
        film_box.ask("DELETE", "/people/X-1")


def test_a_file_that_is_none_is_explained(reader, film_box):
    """Without a trace on the box."""
    t = words("en")
    page = reader.open(film_box, "#/people/import", "en", "desktop")
    page.set_input_files("#import-file", {"name": "a.exe", "mimeType": "application/zip", "buffer": b"x"})
    page.get_by_text(t["people_import.wrong_file"].replace("{name}", "a.exe")).wait_for()
    assert film_box.made("GET", "/uploads")["uploads"] == []


def test_strangers_are_explained_while_the_library_is_off(reader, film_box):
    """And switched on from there."""
    t = words("zh")
    page = reader.open(film_box, "#/people/strangers", "zh", "phone")
    page.get_by_role("heading", name=t["people_strangers.off"]).wait_for()
    assert serious_problems(page) == []
    page.get_by_role("button", name=t["people_strangers.switch_on"]).click()
    try:
        page.get_by_role("heading", name=t["people_strangers.none"]).wait_for()
    finally:
        film_box.made("PATCH", "/settings", {"changes": {"strangers.enabled": False}})


def test_a_stranger_becomes_one_more_face_of_somebody_who_is_known(reader, film_box):
    """Whoever is in the film and was forgotten is filed when it is shown again, and told by the page who it is."""
    t = words("en")
    people = film_box.made("GET", "/people")["people"]
    gone, kept = people[0]["identity_id"], people[1]["identity_id"]
    name = next(each["name"] for each in people if each["identity_id"] == kept)
    demo = film_box.made("GET", "/devices/demo")
    film_box.made("PATCH", "/settings", {"changes": {"strangers.enabled": True, "strangers.min_shots": 1}})
    film_box.made("DELETE", f"/people/{gone}")
    try:
        film_box.made("PUT", "/devices/demo", {**demo, "loop": True})
        until(lambda: film_box.made("GET", "/strangers")["total"], "a stranger")
        film_box.made("PUT", "/devices/demo", demo)
        page = reader.open(film_box, "#/people/strangers", "en", "desktop")
        page.get_by_role("button", name=t["people_strangers.this_is"]).first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label(t["people_strangers.who_known"]).check()
        dialog.get_by_role("searchbox").fill(name)
        dialog.get_by_label(name).check()
        assert serious_problems(page) == []
        dialog.get_by_role("button", name=t["people_strangers.this_is_go"]).click()
        page.get_by_text(t["people_strangers.is_known"].replace("{name}", name)).wait_for()
        assert len(film_box.made("GET", f"/people/{kept}")["faces"]) == 2
    finally:
        film_box.ask("PUT", "/devices/demo", demo)
        for stranger in film_box.made("GET", "/strangers")["strangers"]:
            film_box.ask("DELETE", f"/strangers/{stranger['stranger_id']}")
        film_box.made("PATCH", "/settings", {"changes": {"strangers.enabled": False}})
        for photo in photos():
            identity_id = photo.stem.partition("__")[0]
            title = photo.stem.partition("__")[2]
            film_box.ask(
                "POST",
                f"/people?identity_id={identity_id}&name={title.replace(' ', '%20')}&replace=true",
                raw=photo.read_bytes(),
                content_type="image/jpeg",
            )
