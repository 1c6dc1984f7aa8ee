"""Upload as an operator uses it: an address is entered, events arrive; what is refused is seen and sent again."""

import json

import pytest
from axe import serious_problems
from http_receiver import receiver
from page_words import words
from reader import becomes, come_to
from waiting import until

HTML = b"<img src=x onerror=\"document.title='hacked'\"><h1>unknown device</h1>"
SECRET = "geheim-0123456789"


def saved(page, say):
    """Press save, and wait for the list."""
    page.get_by_role("button", name=say["page.save"], exact=True).click()
    come_to(page, "#/upload")


def all_shown(page):
    """Everything a reader of the document gets: its text and every value in it."""
    values = page.evaluate("() => [...document.querySelectorAll('input,textarea,select')].map((one) => one.value)")
    return page.content() + json.dumps(values)


@pytest.mark.parametrize(("language", "size"), [("zh", "desktop"), ("en", "phone")])
def test_who_enters_an_address_gets_the_events_there(reader, film_box, language, size):
    """Tested before it is saved, with all that the box still has; deleted only by its name."""
    say = words(language)
    page = reader.open(film_box, "#/upload", language, size)
    page.get_by_text(say["upload.empty"]).wait_for()
    assert page.get_by_text("sophon-report receive").is_visible()
    assert serious_problems(page) == []
    with receiver() as peer:
        page.get_by_role("link", name=say["upload.add"]).click()
        page.get_by_label(say["upload.field_url"]).fill(peer.url)
        page.get_by_label(say["upload.field_name"], exact=True).fill("platform")
        page.get_by_text(say["upload.advanced"]).click()
        page.get_by_label(say["upload.field_begin"]).select_option("oldest")
        page.get_by_role("button", name=say["upload.test"], exact=True).click()
        page.get_by_text(say["upload.test_taken"].partition("{")[0]).wait_for()
        answer = page.get_by_role("region", name=say["upload.answer"], exact=True)
        assert "HTTP 200" in answer.inner_text()
        assert "thanks" in answer.inner_text()
        assert json.loads(peer.got[0][1])["event_id"].startswith("test-")
        assert serious_problems(page) == []
        saved(page, say)
        until(lambda: len(peer.got) > 1, "the visits of the film")
        told = json.loads(peer.got[1][1])
        assert told["media_device_info"]["media_device_name"] == "Front door"
        page.get_by_text(say["upload.state_idle"]).wait_for()
        assert serious_problems(page) == []
        page.get_by_role("button", name=say["page.delete"]).click()
        remove = page.get_by_role("button", name=say["upload.remove"])
        assert remove.is_disabled()
        page.get_by_role("dialog").get_by_role("textbox").fill("platform")
        remove.click()
        page.get_by_text(say["upload.empty"]).wait_for()


def test_what_a_receiver_refuses_is_seen_with_its_answer_and_sent_again(reader, film_box):
    """HTML in an answer stays a text; once the receiver takes it the letter is gone."""
    say = words("en")
    with receiver(400, HTML) as peer:
        film_box.made("POST", "/destinations", {"name": "strict", "url": peer.url, "from": "oldest"})
        try:
            page = reader.open(film_box, "#/upload")
            page.get_by_role("link", name="See what was refused").click()
            page.get_by_role("listitem").get_by_role("button").first.click()
            dialog = page.get_by_role("dialog")
            answer = dialog.get_by_role("region", name=say["upload.answer"], exact=True)
            assert answer.inner_text() == HTML.decode()
            assert dialog.locator("img").count() == 0
            body = dialog.get_by_role("region", name=say["upload.body"], exact=True).inner_text()
            event_id = json.loads(body)["event_id"]
            assert serious_problems(page) == []
            peer.status, before = 200, len(peer.got)
            dialog.get_by_role("button", name=say["upload.resend"]).click()
            until(lambda: event_id in [json.loads(one)["event_id"] for _, one in peer.got[before:]], "it again")
            page.get_by_text(event_id).wait_for(state="detached")
            assert page.title() != "hacked"
        finally:
            film_box.made("DELETE", "/destinations/strict")


def test_an_address_that_leads_inside_is_refused_with_the_way_out(reader, fresh_box):
    """In Chinese, at the field, which gets the focus; nothing is saved."""
    say = words("zh")
    page = reader.open(fresh_box, "#/upload/new", "zh", "phone")
    page.get_by_label(say["upload.field_url"]).fill("http://169.254.169.254/latest")
    page.get_by_role("button", name=say["page.save"], exact=True).click()
    said = page.locator("#upload-url-wrong")
    said.wait_for()
    assert "access.destination_networks_refused" in said.inner_text()
    assert "链路本地地址" in said.inner_text()
    assert page.evaluate("document.activeElement.id") == "upload-url"
    assert serious_problems(page) == []
    assert fresh_box.made("GET", "/destinations")["destinations"] == []


def test_a_secret_is_written_and_never_read_again(reader, fresh_box):
    """Not in the form of what is saved, not in a preview or a test of it; left alone it stays."""
    say = words("en")
    with receiver() as peer:
        page = reader.open(fresh_box, "#/upload/new")
        page.get_by_label(say["upload.field_url"]).fill(peer.url)
        page.get_by_text(say["upload.security"], exact=True).click()
        page.get_by_role("button", name=say["upload.add_header"]).click()
        page.get_by_label(say["upload.header_name"], exact=True).fill("X-Key")
        page.get_by_label(say["upload.header_value"], exact=True).fill(SECRET)
        saved(page, say)
        page.get_by_role("link", name=say["page.edit"]).click()
        page.get_by_label(say["upload.header_name"], exact=True).wait_for()
        page.get_by_role("button", name=say["upload.preview_show"], exact=True).click()
        page.get_by_role("region", name=say["upload.headers"]).wait_for()
        page.get_by_role("button", name=say["upload.test"], exact=True).click()
        page.get_by_role("region", name=say["upload.answer"], exact=True).wait_for()
        assert peer.got[-1][0]["X-Key"] == SECRET
        assert SECRET not in all_shown(page)
        saved(page, say)
        page.get_by_role("button", name=say["upload.test"], exact=True).click()
        page.get_by_role("dialog").get_by_role("region", name=say["upload.answer"], exact=True).wait_for()
        assert peer.got[-1][0]["X-Key"] == SECRET
        assert SECRET not in all_shown(page)


def test_who_was_slower_sees_the_destination_as_it_is_now_and_saves_then(reader, fresh_box):
    """What somebody else has changed meanwhile is neither written over nor in the way for ever."""
    say = words("en")
    mine = {"name": "both", "url": "http://10.0.0.5:9528/a", "enabled": False}
    fresh_box.made("POST", "/destinations", mine)
    page = reader.open(fresh_box, "#/upload/edit/both")
    url = page.get_by_label(say["upload.field_url"])
    url.fill("http://10.0.0.5:9528/b")
    fresh_box.made("PUT", "/destinations/both", {**mine, "url": "http://10.0.0.5:9528/c"})
    page.get_by_role("button", name=say["page.save"], exact=True).click()
    page.get_by_role("button", name=say["page.read_again"]).click()
    becomes(page, "() => document.querySelector('#upload-url').value.endsWith('/c')")
    url.fill("http://10.0.0.5:9528/d")
    saved(page, say)
    assert fresh_box.made("GET", "/destinations/both")["url"].endswith("/d")


def test_the_exact_body_is_shown_in_six_layouts_and_copied_whole(reader, fresh_box):
    """With its size; what is copied is not shortened."""
    say = words("en")
    page = reader.open(fresh_box, "#/upload/new")
    page.get_by_label(say["upload.field_url"]).fill("http://10.0.0.5:9528/HistoryEvent")
    page.get_by_role("button", name=say["upload.preview_show"], exact=True).click()
    for layout in ("g2", "g1", "g0", "se3", "v2", "v1"):
        page.get_by_role("button", name=say[f"upload.layout_{layout}"], exact=True).click()
        shown = page.get_by_role("region", name=say["upload.body"], exact=True).inner_text()
        assert json.loads(shown)["event_id"].startswith("test-")
        assert "characters)" in shown
    assert serious_problems(page) == []
    page.get_by_role("button", name=say["upload.copy_body"]).click()
    page.get_by_text(say["page.copied"]).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert len(copied) > len(shown)
    assert "characters)" not in copied
