"""People in a real browser: added by photo and by webcam, found, told apart, erased; ten thousand scroll."""

import re
import shutil
from contextlib import contextmanager

import pytest
from axe import serious_problems
from command import VAR
from conftest import FLAGS, PROGRAMS
from film_box import PASSWORD
from page_words import words
from reader import LANGUAGES_AND_SIZES, Reader, becomes, rows_in_sight
from waiting import until

from sophon_report.model import Person, PersonFace, UserType
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.people_batch import Entry
from sophon_report.wire.pictures import decode_image, encode_jpeg, shrunk

SHOWN = "<img src=x onerror=\"document.title='broken in'\">"
MANY = 10_000
SCROLL = """part => {
    const box = document.querySelector(".long-list");
    box.scrollTop = box.scrollHeight * part;
}"""


@pytest.fixture(scope="module")
def portrait():
    """A portrait that nobody of the film is on, as large as a telephone's."""
    return VAR / "pictures" / "astronaut.png"


@pytest.fixture
def photos(tmp_path, portrait):
    """The portrait, and ones that will not do."""
    whole = decode_image(portrait.read_bytes())
    files = {"good": tmp_path / "good.jpg", "small": tmp_path / "small.jpg", "none": tmp_path / "none.jpg"}
    files["good"].write_bytes(encode_jpeg(whole, 95))
    files["small"].write_bytes(encode_jpeg(shrunk(whole, 260), 95))
    files["none"].write_bytes(encode_jpeg(whole[:60, :60], 95))
    return files


@contextmanager
def gone_after(box, *identity_ids):
    """Nobody of these is registered when it is over."""
    try:
        yield
    finally:
        for identity_id in identity_ids:
            box.ask("DELETE", f"/people/{identity_id}")


def choose(page, *files):
    """Choose photos, and wait until the box has said what they are worth."""
    page.locator("#photos").set_input_files([str(file) for file in files])
    becomes(page, f"() => document.querySelectorAll('.people-chosen > li').length >= {len(files)}")
    becomes(page, "() => !document.querySelector('.people-chosen .badge.busy')")


@pytest.mark.parametrize(("language", "size"), LANGUAGES_AND_SIZES[:2])
def test_a_person_is_added_by_photo_and_found(reader, film_box, photos, language, size):
    """The verdict comes before saving; a name that is HTML stays text wherever it is shown."""
    said = words(language)
    identity_id = f"new-{language}"
    with gone_after(film_box, identity_id):
        page = reader.open(film_box, "#/people/add", language, size)
        choose(page, photos["good"])
        page.get_by_text(said["people.verdict_good"], exact=True).wait_for()
        page.get_by_label(said["people.name"], exact=True).fill(SHOWN)
        page.get_by_label(said["people.id"], exact=True).fill(identity_id)
        assert serious_problems(page) == []
        page.get_by_role("button", name=said["page.save"]).click()
        page.get_by_role("heading", level=1, name=SHOWN).wait_for()
        assert serious_problems(page) == []
        page.goto(f"{film_box.url}/#/people")
        page.get_by_label(said["people.search"]).fill(f"{identity_id.upper()[:5]}")
        row = page.locator(".long-list a")
        becomes(page, "() => document.querySelectorAll('.long-list a').length === 1")
        assert SHOWN in row.inner_text()
        assert page.evaluate("document.title") != "broken in"
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
        assert serious_problems(page) == []


def test_a_person_is_changed_and_gets_a_second_photo_that_is_shown_first(reader, film_box, photos):
    """What is kept beside them too; the list shows the first."""
    said = words("zh")
    raw = photos["good"].read_bytes()
    path = "/people?identity_id=two-1&name=Two"
    assert film_box.ask("POST", path, raw=raw, content_type="image/jpeg").status == 200
    with gone_after(film_box, "two-1"):
        page = reader.open(film_box, "#/people/person/two-1", "zh", "phone")
        page.get_by_role("button", name=said["page.edit"]).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label(said["people.kind"]).select_option("vip")
        dialog.get_by_role("button", name=said["people.ext_add"]).click()
        dialog.get_by_label(said["people.ext_key"]).fill("电话")
        dialog.get_by_label(said["people.ext_value"]).fill("0123")
        assert serious_problems(page) == []
        dialog.get_by_role("button", name=said["page.save"]).click()
        page.get_by_text("0123", exact=True).wait_for()
        choose(page, photos["good"])
        page.get_by_role("button", name=said["people.save_photos"].replace("{count}", "1")).click()
        becomes(page, "() => document.querySelectorAll('.people-photos > li').length === 2")
        page.get_by_role("button", name=said["people.show_first"]).click()
        becomes(page, "() => document.querySelectorAll('.people-photos .badge').length === 1")
        known = film_box.made("GET", "/people/two-1")
        assert (known["user_type"], known["ext"], len(known["faces"])) == ("vip", {"电话": "0123"}, 2)


def test_a_bad_photo_gets_its_reasons_in_chinese_and_is_taken_only_when_that_is_said(reader, film_box, photos):
    """What no face is on is never taken; who looks like somebody registered is told."""
    said = words("zh")
    page = reader.open(film_box, "#/people/add", "zh")
    choose(page, photos["small"], photos["none"])
    bad = page.locator(".people-chosen > li").nth(1)
    assert said["people.verdict_bad"] in bad.inner_text()
    assert said["people.reason_no_face"] in bad.inner_text() or "像素" in bad.inner_text()
    small = page.locator(".people-chosen > li").nth(0)
    assert said["people.verdict_warn"] in small.inner_text()
    assert re.search(r"人脸宽 \d+ 像素，须大于 \d+ 像素", small.inner_text())
    page.get_by_label(said["people.name"], exact=True).fill("李雷")
    page.get_by_role("button", name=said["page.save"]).click()
    page.get_by_text(said["people.needs_good_photo"]).wait_for()
    small.get_by_role("checkbox").check()
    page.get_by_role("button", name=said["page.save"]).click()
    page.get_by_role("heading", level=1, name="李雷").wait_for()
    identity_id = page.evaluate("decodeURIComponent(location.hash.split('/').pop())")
    with gone_after(film_box, identity_id):
        page.goto(f"{film_box.url}/#/people/add")
        page.get_by_role("heading", level=1, name=said["people.add"]).wait_for()
        choose(page, photos["good"])
        page.locator(".people-chosen").get_by_text("相似").wait_for()


@pytest.fixture
def webcam(chromium, photos, tmp_path):
    """A browser whose camera shows the portrait."""
    file = tmp_path / "camera.mjpeg"
    file.write_bytes(encode_jpeg(shrunk(decode_image(photos["good"].read_bytes()), 480), 95) * 30)
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={file}"]
    browser = chromium.browser_type.launch(executable_path=program, args=flags)
    yield browser
    browser.close()


def test_somebody_is_added_by_the_webcam(webcam, film_box):
    """Its picture is judged like any other photo; the camera is off when the page is left."""
    said = words("en")
    with Reader(webcam) as reader, gone_after(film_box, "cam-1"):
        page = reader.open(film_box, "#/people/add", "en")
        page.get_by_role("button", name=said["people.webcam"]).click()
        becomes(page, "() => document.querySelector('video')?.videoWidth > 0")
        page.get_by_role("button", name=said["people.webcam_take"]).click()
        page.locator(".people-chosen").get_by_text(said["people.verdict_good"]).wait_for()
        page.get_by_label(said["people.name"], exact=True).fill("Camera One")
        page.get_by_label(said["people.id"], exact=True).fill("cam-1")
        page.evaluate("window.track = document.querySelector('video').srcObject.getTracks()[0]")
        page.get_by_role("button", name=said["page.save"]).click()
        page.get_by_role("heading", level=1, name="Camera One").wait_for()
        assert page.evaluate("window.track.readyState") == "ended"
        assert len(film_box.made("GET", "/people/cam-1")["faces"]) == 1


def test_who_may_not_use_the_webcam_is_told_why_and_what_to_do(reader, film_box):
    """A page by http from another machine has none."""
    page = reader.open(film_box, "#/people/add", "zh")
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.get_by_role("button", name=words("zh")["people.webcam"]).click()
    page.get_by_text(words("zh")["people.webcam_insecure"]).wait_for()


def test_erasing_says_what_goes_and_asks_for_the_name(reader, film_box, portrait):
    """Nothing goes before the name is right; then it is a job, and the person is found no more."""
    said = words("en")
    made = film_box.ask(
        "POST",
        "/people?identity_id=gone-1&name=Grace&fiqa_level=no",
        raw=portrait.read_bytes(),
        content_type="image/png",
    )
    assert made.status == 200, made
    page = reader.open(film_box, "#/people/person/gone-1", "en")
    page.get_by_role("button", name=said["people.remove"]).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("1 photo", exact=True).wait_for()
    assert serious_problems(page) == []
    confirm = dialog.get_by_role("button", name=said["people.remove"])
    assert confirm.is_disabled()
    dialog.get_by_role("textbox").fill("Grac")
    assert confirm.is_disabled()
    dialog.get_by_role("textbox").fill("Grace")
    confirm.click()
    page.get_by_text(said["people.erased"].replace("{name}", "Grace")).wait_for()
    assert film_box.ask("GET", "/people/gone-1").status == 404


def test_who_may_only_look_sees_a_person_and_the_way_to_their_visits(reader, film_box):
    """And nothing to change them with, by any address."""
    said = words("en")
    film_box.made("POST", "/users", {"name": "looker", "role": "viewer", "password": PASSWORD})
    page = reader.open(film_box, "#/people/person/E-0002", "en", "phone", user="looker", password=PASSWORD)
    page.get_by_text(said["page.read_only"]).wait_for()
    page.get_by_role("link", name="Front door").wait_for()
    assert "#/history?person=E-0002" in page.get_by_role("link", name="Front door").get_attribute("href")
    assert page.locator("main button").count() == 0
    page.goto(f"{film_box.url}/#/people/add")
    page.get_by_role("heading", level=1, name=said["people.add"]).wait_for()
    assert page.locator("main input").count() == 0
    film_box.made("DELETE", "/users/looker")


def test_two_words_are_searched_for_as_they_are_typed(reader, film_box):
    """The blank between them stays, though after the first it is asked without."""
    page = reader.open(film_box, "#/people", "en")
    search = page.get_by_label(words("en")["people.search"])
    search.press_sequentially("Eileen ")
    becomes(
        page, "() => document.querySelectorAll('.long-list a').length === 1 && /q=Eileen$/.test(location.hash)"
    )
    search.press_sequentially("Coll")
    becomes(page, "() => /q=Eileen\\+Coll$/.test(location.hash)")
    assert search.input_value() == "Eileen Coll"
    page.get_by_text("Eileen Collins").wait_for()


def test_ids_that_the_box_did_not_take_stay_to_be_mended(reader, film_box):
    """Those it took go from the field; those it does not know stay, and all while it does not answer."""
    said = words("en")
    group = film_box.made("POST", "/groups", {"name": "Pasted"})["permission_id"]
    try:
        page = reader.open(film_box, f"#/people/groups/{group}", "en")
        page.get_by_text(said["people_groups.many"]).click()
        ids = page.get_by_label(said["people_groups.ids"])
        ids.fill("E-0002, nobody-1")
        page.route("**/members", lambda route: route.fulfill(status=503, json={"code": "UNAVAILABLE"}))
        page.get_by_role("button", name=said["page.add"], exact=True).click()
        page.get_by_text(said["page.problem_UNAVAILABLE"]).wait_for()
        becomes(page, "() => document.querySelector('#group-ids').value === 'E-0002\\nnobody-1'")
        page.unroute("**/members")
        page.get_by_role("button", name=said["page.add"], exact=True).click()
        becomes(page, "() => document.querySelector('#group-ids').value === 'nobody-1'")
        assert film_box.made("GET", f"/people?permission_id={group}")["total"] == 1
    finally:
        film_box.made("DELETE", f"/groups/{group}", {})


def test_a_group_is_made_filled_and_deleted(reader, film_box):
    """Deleting says what it affects."""
    said = words("zh")
    page = reader.open(film_box, "#/people/groups", "zh", "phone")
    page.get_by_role("button", name=said["people_groups.add"]).click()
    page.get_by_label(said["people_groups.name"], exact=True).fill("夜班")
    page.get_by_role("button", name=said["page.save"]).click()
    page.get_by_role("heading", level=1, name="夜班").wait_for()
    page.get_by_label(said["people.search"]).fill("E-")
    page.locator(".people-found button").first.click()
    becomes(page, "() => document.querySelectorAll('.long-list a').length === 1")
    assert serious_problems(page) == []
    page.get_by_role("button", name=said["page.delete"]).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("1 人将移出该组").wait_for()
    dialog.get_by_role("textbox").fill("夜班")
    dialog.get_by_role("button", name=said["page.delete"]).click()
    page.get_by_text(said["people_groups.none"]).wait_for()


def test_ten_thousand_people_scroll_with_few_rows_in_the_page(chromium, fresh_box):
    """From the top to the last, by the scroll bar and by a search."""
    database = Database.open(fresh_box.folder / "d" / "store.sqlite")
    store = PeopleStore(database)
    for start in range(0, MANY, 500):
        store.add_many([_somebody(number) for number in range(start, start + 500)])
    database.close()
    with Reader(chromium) as reader:
        page = reader.open(fresh_box, "#/people", "en")
        page.get_by_text("Person 00000").wait_for()
        count = "() => document.querySelectorAll('.long-list .long-row').length"
        for part in (0.5, 0.25, 0.75, 1.0):
            page.evaluate(SCROLL, part)
            sought = min(round(MANY * part) + 3, MANY)
            until(lambda sought=sought: sought in rows_in_sight(page), f"row {sought} in sight")
            assert page.evaluate(count) < 60
        page.get_by_text(f"Person {MANY - 1:05}").wait_for()
        page.get_by_label(words("en")["people.search"]).fill("id-09998")
        page.get_by_text("Person 09998").wait_for()
        becomes(page, f"() => ({count})() === 1")
        assert rows_in_sight(page) == [1]
        page.get_by_label(words("en")["people.search"]).fill("id-099")
        page.get_by_text("100 found").wait_for()
        page.evaluate(SCROLL, 1.0)
        until(lambda: 100 in rows_in_sight(page), "the last of those that are left")


def _somebody(number):
    face = PersonFace(f"f{number}", f"p{number}", b"", bytes(508) + b"\0\0\x80\x3f", "m")
    return Entry(Person(f"id-{number:05}", f"Person {number:05}", UserType.EMPLOYEE), (face,))
