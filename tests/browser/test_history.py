"""The screen "history": found by filters, by the time line and by a picture; a visit whole; exports; many rows."""

import contextlib
import csv
import io
import re
import sqlite3
import time

import pytest
from axe import serious_problems
from film_box import fresh_box as open_fresh_box
from page_words import words
from reader import LANGUAGES_AND_SIZES, HeldCalls, becomes, rows_in_sight
from samples import visit
from waiting import until

from sophon_report.store.event_index import EventIndex, row_of

EVIL = '=HYPERLINK("http://evil","<img src=x onerror=alert(1)>")'
ROWS = 200_000
MOST_ELEMENTS = 3000


def people_of(box):
    """Who came in the film, by id, with how often."""
    events = box.made("GET", "/events?known=true&limit=500")["events"]
    assert events
    return {event["identity_id"]: event["name"] for event in events}


def opened(reader, box, at="#/history", language="en", size="desktop"):
    page = reader.open(box, at, language, size)
    page.locator(".visits .long-row").first.wait_for()
    return page


def said(language, key, **values):
    text = words(language)[key]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


@pytest.fixture
def receiver(film_box):
    """A destination that is newer than every visit."""
    wanted = {"name": "history-receiver", "url": "http://127.0.0.1:9528/", "layout": "g2", "enabled": False}
    film_box.made("POST", "/destinations", wanted)
    yield
    film_box.made("DELETE", "/destinations/history-receiver", {})


@pytest.mark.usefixtures("receiver")
@pytest.mark.parametrize(("language", "size"), LANGUAGES_AND_SIZES)
def test_a_person_is_filtered_for_and_a_visit_opened(reader, film_box, language, size):
    """The list has that person's only; a visit shows its pictures, its score and where it was sent."""
    identity_id, name = min(people_of(film_box).items())
    total = film_box.made("GET", f"/events?identity_id={identity_id}")["total"]
    page = opened(reader, film_box, "#/history", language, size)
    page.get_by_role("searchbox", name=words(language)["history.name"]).fill(name)
    page.get_by_text(said(language, "history.count", count=total), exact=True).wait_for()
    assert "name=" in page.url
    page.locator(".visits .long-row a").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(name).first.wait_for()
    for which in ("face", "register", "scene"):
        name_of_it = words(language)[f"history.picture_{which}"]
        becomes(page, "alt => document.querySelector(`img[alt='${alt}']`)?.naturalWidth", arg=name_of_it)
    dialog.get_by_text("history-receiver").wait_for()
    dialog.get_by_text(words(language)["history.told_before"]).first.wait_for()
    assert dialog.locator("meter").get_attribute("value")
    becomes(page, "() => !document.querySelector('[aria-busy=true]')")
    assert serious_problems(page) == []
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert re.search(r"#/history\?name=", page.url)


def test_a_permission_group_is_a_filter_too(reader, film_box):
    """Chosen by its name; a camera without a group fits none."""
    group = film_box.made("POST", "/groups", {"name": "Night shift"})
    try:
        page = opened(reader, film_box)
        page.get_by_label(words("en")["history.group"]).select_option(label="Night shift")
        page.get_by_role("heading", name=words("en")["history.none"]).wait_for()
        assert f"group={group['permission_id']}" in page.url
    finally:
        film_box.made("DELETE", f"/groups/{group['permission_id']}", {})


def test_the_time_line_is_chosen_from_by_mouse_and_by_keyboard(reader, film_box):
    """What is pulled over is shown larger, and stands in the address."""
    page = opened(reader, film_box)
    line = page.get_by_role("slider")
    box = line.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20)
    with page.expect_response(lambda answer: "/events/histogram" in answer.url and "from" in answer.url):
        page.mouse.up()
    becomes(page, "() => location.hash.includes('from=')")
    first = page.url
    line = page.get_by_role("slider")
    line.focus()
    page.keyboard.press("Home")
    for _ in range(60):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    becomes(page, "url => location.href !== url", arg=first)
    page.get_by_role("button", name=words("en")["history.span_all"]).click()
    becomes(page, "() => !location.hash.includes('from')")


def test_a_picture_finds_the_visits_of_whom_it_shows(reader, film_box):
    """The registered photo of somebody finds theirs, and nobody else's."""
    identity_id, name = min(people_of(film_box).items())
    [event, *_] = film_box.made("GET", f"/events?identity_id={identity_id}")["events"]
    photo = film_box.made("GET", f"/events/{event['event_id']}/pictures/register")
    page = opened(reader, film_box)
    page.get_by_role("button", name=words("en")["history.by_picture"]).click()
    page.set_input_files("#search-picture", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo})
    found = page.get_by_role("list", name=words("en")["history.found_list"])
    found.wait_for()
    names = found.locator("strong").all_inner_texts()
    assert names
    assert set(names) == {name}
    assert serious_problems(page) == []


def test_an_export_has_the_visits_that_are_shown(reader, film_box):
    """Downloaded from the dialog, and removed there."""
    identity_id, name = min(people_of(film_box).items())
    total = film_box.made("GET", f"/events?identity_id={identity_id}")["total"]
    page = opened(reader, film_box, f"#/history?person={identity_id}")
    page.get_by_role("button", name=words("en")["history.export"]).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=words("en")["history.export_begin"]).click()
    with page.expect_download() as download:
        dialog.get_by_role("link", name=words("en")["history.fetch"]).click()
    raw = download.value.path().read_bytes()
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [row[7] for row in rows[1:]] == [name] * total
    assert serious_problems(page) == []
    dialog.get_by_role("button", name=re.compile("^Remove ")).first.click()
    dialog.locator("#export-files").wait_for(state="detached")


def test_an_empty_box_says_how_visits_come_and_a_filter_what_to_do(reader, fresh_box, film_box):
    """Two kinds of nothing."""
    page = reader.open(fresh_box, "#/history")
    page.get_by_role("heading", name=words("en")["history.empty"]).wait_for()
    assert serious_problems(page) == []
    page = reader.open(film_box, "#/history?name=nobody-at-all")
    page.get_by_role("heading", name=words("en")["history.none"]).wait_for()
    page.get_by_role("link", name=words("en")["history.show_all"]).click()
    page.locator(".visits .long-row").first.wait_for()


def fill(path):
    """Many visits in an index, one a second up to now: one that is made, and copies of it."""
    first_ms = int(time.time() - ROWS) * 1000
    path.parent.mkdir()
    index = EventIndex(path)
    index.open()
    index.put(
        [row_of(visit(event_id=f"{first_ms}000", recognised_ms=first_ms, in_ms=first_ms, out_ms=first_ms + 9))]
    )
    index.close()
    with contextlib.closing(sqlite3.connect(str(path))) as database, database:
        database.execute("UPDATE name SET name = ?, folded = ?", (EVIL, EVIL.casefold()))
        for table in ("event", "face"):
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            told = [
                {"number": "number + i * 1000000", "at_ms": "at_ms + i * 1000"}.get(each, each) for each in columns
            ]
            database.execute(
                f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS - 1})
                    INSERT INTO {table} ({", ".join(columns)}) SELECT {", ".join(told)} FROM {table}, n
                    WHERE number = {first_ms}000"""
            )
        database.execute("UPDATE state SET value = ? WHERE name = 'rows'", (ROWS,))


@pytest.fixture(scope="module")
def full_box(tmp_path_factory):
    """A service with many visits."""
    folder = tmp_path_factory.mktemp("m")
    fill(folder / "d" / "events.sqlite")
    with open_fresh_box(folder) as box:
        yield box


def test_two_hundred_thousand_visits_scroll_with_few_elements(reader, full_box):
    """From end to end; and a name that is a formula and a tag is neither."""
    page = opened(reader, full_box)
    page.get_by_text(EVIL).first.wait_for()
    assert page.locator("#main img[src=x]").count() == 0
    rows = page.locator(".long-list")
    for place in (0.5, 1.0, 0.9, 0.01, 0.0):
        rows.evaluate("(list, place) => { list.scrollTop = list.scrollHeight * place; }", place)
        sought = min(round(ROWS * place) + 3, ROWS)
        until(lambda sought=sought: sought in rows_in_sight(page), f"row {sought} in sight")
        assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    assert page.locator(".long-row").last.get_attribute("aria-posinset")
    assert page.locator(".long-list [aria-setsize]").first.get_attribute("aria-setsize") == str(ROWS)
    [_, row] = exported_first(full_box)
    assert row[7] == "'" + EVIL


def test_a_late_answer_of_a_former_question_leaves_the_list_alone(reader, full_box):
    """Its places are not gone on from, and its visits are not counted."""
    oldest_ms = full_box.made("GET", "/events?limit=1")["events"][0]["at_ms"] - (ROWS - 1) * 1000
    page = opened(reader, full_box)
    with HeldCalls(page, "**/api/v1/events?**", "GET", most=1) as held:
        page.goto(f"{full_box.url}/#/history?min=1")
        held.wait()
        page.goto(f"{full_box.url}/#/history?from={oldest_ms - 1}&to={oldest_ms + 149_500}")
        page.get_by_text(said("en", "history.count", count=150), exact=True).wait_for()
    with page.expect_response(lambda answer: "/events?" in answer.url):
        page.locator(".long-list").evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    until(lambda: 150 in rows_in_sight(page), "the last row")
    last = page.locator(".long-row").last
    assert last.get_attribute("aria-setsize") == "150"
    assert page.locator(".long-row a").last.get_attribute("href").startswith(f"#/history/{oldest_ms}")


def exported_first(box):
    """The head and the first row of a CSV of the newest hour."""
    newest_ms = box.made("GET", "/events?limit=1")["events"][0]["at_ms"]
    job = box.made("POST", f"/events/export?from_ms={newest_ms}", {})
    path = f"/jobs/{job['job_id']}"
    until(lambda: box.made("GET", path)["finished_ms"], "the file")
    raw = box.made("GET", f"/events/exports/{box.made('GET', path)['result']['file']}")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
