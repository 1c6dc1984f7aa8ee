"""The box's certificate in the page: none, a wrong key, one of one's own, one that the box makes, none again."""

import pytest
from axe import serious_problems
from page_words import words
from reader import becomes
from tls import CERTIFICATES


def at(page, say, title):
    page.get_by_role("heading", level=2, name=say[title]).wait_for()
    becomes(page, "() => !document.querySelector('main [aria-busy=true]')")


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("zh", "phone")])
def test_a_wrong_key_is_told_and_the_right_one_is_used(reader, fresh_box, language, size):
    """What to do stands beside the field; the key is nowhere on the page afterwards."""
    say = words(language)
    page = reader.open(fresh_box, "#/access/tls", language, size)
    at(page, say, "tls.title")
    page.get_by_text(say["tls.none_body"]).wait_for()
    assert serious_problems(page) == []
    page.get_by_role("button", name=say["tls.bring"]).click()
    page.locator("#tls-certificate-file").set_input_files(CERTIFICATES / "box.crt")
    page.locator("#tls-key-file").set_input_files(CERTIFICATES / "renewed.key")
    page.get_by_role("button", name=say["tls.take"]).click()
    page.locator("#tls-key-wrong").get_by_text(say["tls.problem_KEY_MISMATCH"]).wait_for()
    assert serious_problems(page) == []
    page.locator("#tls-key-file").set_input_files(CERTIFICATES / "encrypted.key")
    page.get_by_role("button", name=say["tls.take"]).click()
    page.locator("#tls-key-wrong").get_by_text(say["tls.problem_KEY_ENCRYPTED"]).wait_for()
    page.locator("#tls-key-file").set_input_files(CERTIFICATES / "box.key")
    page.get_by_role("button", name=say["tls.take"]).click()
    page.get_by_text(say["tls.origin_page"]).wait_for()
    page.get_by_text("8443").first.wait_for()
    assert "PRIVATE" not in page.content()
    assert serious_problems(page) == []
    told = fresh_box.made("GET", "/tls")
    assert [row["port"] for row in told["ports"]] == [8443, 0]


def test_the_box_makes_a_certificate_for_the_name_by_which_it_was_reached(reader, fresh_box):
    """And it is gone again after a question."""
    say = words("en")
    page = reader.open(fresh_box, "#/access/tls")
    at(page, say, "tls.title")
    page.get_by_role("button", name=say["tls.make"]).click()
    names = page.get_by_label(say["tls.names"])
    assert "127.0.0.1" in names.input_value().split("\n")
    names.fill("a_b c, <img src=x>")
    page.get_by_role("button", name=say["tls.make_now"]).click()
    page.locator("#tls-names-wrong").get_by_text(say["tls.problem_NAME_UNUSABLE"]).wait_for()
    names.fill("127.0.0.1\nbox.local")
    page.get_by_role("button", name=say["tls.make_now"]).click()
    page.get_by_text("box.local, 127.0.0.1").wait_for()
    told = fresh_box.made("GET", "/tls")["certificate"]
    page.get_by_text(told["fingerprint_sha256"]).wait_for()
    page.get_by_role("button", name=say["tls.remove"]).click()
    page.get_by_role("dialog").get_by_role("button", name=say["tls.remove"]).click()
    page.get_by_text(say["tls.none_body"]).wait_for()
    assert fresh_box.made("GET", "/tls")["origin"] == "none"
