"""The system screen as an installer uses it: settings, log, backup, and that every part of it keeps nobody out."""

import pytest
from axe import serious_problems
from film_box import fresh_box as open_fresh_box
from page_words import words
from reader import HeldCalls, becomes
from waiting import until

TABS = ("settings", "health", "logs", "backup", "models", "licences", "about")
MARKUP = "<img src=x onerror=document.title='gone'>"


def value_of(box, key):
    rows = box.made("GET", "/settings")["settings"]
    return next(row for row in rows if row["key"] == key)


def find_setting(page, key):
    """Search for a setting; the place where it stands."""
    page.locator("#find-setting").fill(key)
    row = page.locator(f'[data-key="{key}"]')
    row.wait_for()
    return row


@pytest.mark.parametrize(("language", "size"), [("zh", "desktop"), ("en", "phone")])
def test_a_setting_is_changed_counts_at_once_and_is_taken_back(reader, fresh_box, language, size):
    """And what is out of range gets its message at its field, and changes nothing."""
    text = words(language)
    page = reader.open(fresh_box, "#/system/settings", language, size)
    row = find_setting(page, "visit.gap_s")
    field = page.get_by_label(text["settings.visit.gap_s.name"], exact=True)
    field.fill("5")
    field.press("Enter")
    row.get_by_text(text["system.changed"], exact=True).wait_for()
    assert value_of(fresh_box, "visit.gap_s")["value"] == 5
    field.fill("9999")
    field.press("Enter")
    wrong = row.get_by_role("alert")
    wrong.wait_for()
    bounds = text["system.range"].format(least=0.1, most=600)
    assert wrong.inner_text() == text["system.out_of_range"].format(range=bounds)
    assert field.get_attribute("aria-invalid") == "true"
    assert value_of(fresh_box, "visit.gap_s")["value"] == 5
    row.get_by_role("button", name=text["page.undo"]).click()
    until(lambda: value_of(fresh_box, "visit.gap_s")["value"] == 3, "the former value")
    assert serious_problems(page) == []


def test_a_setting_of_the_file_goes_back_to_the_file_and_ports_wait_for_a_restart(reader, tmp_path_factory):
    """Which the page does by itself; then the new port waits no more."""
    text = words("en")
    with open_fresh_box(tmp_path_factory.mktemp("s"), "[visit]\ngap_s = 7.0\n") as box:
        page = reader.open(box, "#/system/settings")
        row = find_setting(page, "visit.gap_s")
        field = page.get_by_label(text["settings.visit.gap_s.name"], exact=True)
        field.fill("2")
        field.press("Enter")
        row.get_by_role("button", name=text["system.reset"].format(value="7 s")).click()
        until(lambda: value_of(box, "visit.gap_s")["origin"] == "file", "the value of the file")
        assert value_of(box, "visit.gap_s")["value"] == 7
        find_setting(page, "engine.threads")
        threads = page.get_by_label(text["settings.engine.threads.name"], exact=True)
        threads.fill("1")
        threads.press("Enter")
        page.get_by_role("button", name=text["system.restart"]).wait_for()
        assert box.made("GET", "/restart")["waiting"] == ["engine.threads"]


def test_the_log_is_followed_held_and_never_html(reader, fresh_box):
    """A name of a camera that looks like markup stands there as text; what is held comes with the next look."""
    text = words("en")
    page = reader.open(fresh_box, "#/system/logs")
    fresh_box.made("POST", "/devices", {"device_id": MARKUP, "url": "rtsp://10.0.0.9/1"})
    page.get_by_text(MARKUP).first.wait_for()
    assert page.locator(".log-lines img").count() == 0
    page.get_by_role("button", name=text["system.hold"]).click()
    fresh_box.made("PATCH", "/settings", {"changes": {"visit.gap_s": 4}})
    page.get_by_role("button", name=text["system.follow"]).click()
    page.get_by_text("settings_changed").first.wait_for()
    with page.expect_download() as taken:
        page.get_by_role("button", name=text["system.take_log"]).click()
    assert "settings_changed" in taken.value.path().read_text()
    assert "gone" not in page.title()


def test_a_log_that_is_held_is_searched_all_the_same(reader, fresh_box):
    """Held is what comes by itself, and not what somebody asks for."""
    text = words("en")
    fresh_box.made("POST", "/devices", {"device_id": MARKUP, "url": "rtsp://10.0.0.9/1"})
    page = reader.open(fresh_box, "#/system/logs")
    page.get_by_text(MARKUP).first.wait_for()
    page.get_by_role("button", name=text["system.hold"]).click()
    page.locator("#find-line").fill("no line has this")
    page.get_by_text(text["system.no_lines"], exact=True).wait_for()
    page.locator("#find-line").fill("")
    page.get_by_text(MARKUP).first.wait_for()
    assert page.get_by_role("button", name=text["system.follow"]).get_attribute("aria-pressed") == "true"


@pytest.mark.timeout(420)  # two services with their models, one after the other
def test_a_backup_of_one_box_brings_its_people_to_another(reader, film_box, tmp_path_factory):
    """Made, downloaded, given to a fresh box, looked through and put back, all by the page, in Chinese."""
    text = words("zh")
    page = reader.open(film_box, "#/system/backup", "zh")
    page.locator("form.card").get_by_role("button", name=text["system.make_backup"]).click()
    with page.expect_download() as taken:
        page.get_by_role("link", name=text["system.fetch"]).first.click()
    file = tmp_path_factory.mktemp("f") / "backup.zip"
    taken.value.save_as(file)
    folder = tmp_path_factory.mktemp("b")
    with open_fresh_box(folder, "", "--data-dir", str(folder / "d")) as other:
        # Whose vectors fit is known once its vision is there.
        until(lambda: other.made("GET", "/status")["vision"], "vision", 120)
        second = reader.open(other, "#/system/backup", "zh", "phone")
        second.locator("#restore-file").set_input_files(file)
        restore = second.locator("section.card").get_by_role("button", name=text["system.restore"])
        becomes(second, "() => document.querySelector('.notice.info .notes li')")
        assert other.made("GET", "/people")["total"] == 0
        restore.click()
        second.get_by_role("dialog").get_by_role("button", name=text["system.restore"]).click()
        second.get_by_text(text["system.restored"]).wait_for()
        assert other.made("GET", "/people")["total"] == film_box.made("GET", "/people")["total"] > 0
        # Its film lies on the other box: it is left out, by its name.
        assert "demo" in second.locator(".notice.good .notes").inner_text()
    for backup in film_box.made("GET", "/backups")["backups"]:
        film_box.made("DELETE", f"/backups/{backup['name']}")


DROP = """at => {
    const given = new DataTransfer();
    given.items.add(new File(["x"], "other.zip"));
    at.dispatchEvent(new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true }));
}"""


def test_what_is_put_back_is_what_was_looked_through(reader, fresh_box):
    """Nothing else can be wished while the box looks; another wish takes away what it found."""
    text = words("en")
    fresh_box.made("POST", "/backups", {"parts": ["settings"], "passphrase": ""})
    [backup] = until(lambda: fresh_box.made("GET", "/backups")["backups"], "a backup")
    page = reader.open(fresh_box, "#/system/backup")
    card = page.locator("section.card").filter(has=page.locator("#restore-source"))
    look = card.get_by_role("button", name=text["system.look_through"])
    restore = card.get_by_role("button", name=text["system.restore"])
    passphrase, plan = card.locator("#restore-passphrase"), card.locator(".notice.info")
    asked = []
    page.on("request", lambda sent: asked.append(sent.post_data_json) if sent.url.endswith("/restore") else None)
    card.locator("#restore-source").select_option(backup["name"])
    with HeldCalls(page, "**/api/v1/restore") as held:
        look.click()
        held.wait()
        assert card.locator("input:enabled, select:enabled").count() == 0
        card.locator(".drop").evaluate(DROP)
    plan.wait_for()
    assert fresh_box.made("GET", "/uploads")["uploads"] == []
    passphrase.fill("none that it was looked through with")
    plan.wait_for(state="detached")
    assert restore.is_disabled()
    passphrase.fill("")
    look.click()
    plan.wait_for()
    restore.click()
    page.get_by_role("dialog").get_by_role("button", name=text["system.restore"]).click()
    page.get_by_text(text["system.restored"]).wait_for()
    assert [sent.pop("dry_run") for sent in asked] == [True, True, False]
    assert asked[1] == asked[2]


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("zh", "phone")])
def test_no_part_of_the_screen_keeps_anybody_out(reader, film_box, language, size):
    """Axe finds nothing serious on any tab, and a phone scrolls in one direction only."""
    page = reader.open(film_box, "#/system", language, size)
    for tab in TABS:
        page.get_by_role("link", name=words(language)[f"system.tab_{tab}"], exact=True).click()
        page.wait_for_selector(f'.tabs a[aria-current="page"][href="#/system/{tab}"]')
        page.wait_for_selector("main .screen > :nth-child(3), main .screen > .stack, main .screen > .columns")
        assert serious_problems(page) == [], tab
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], (tab, width)
