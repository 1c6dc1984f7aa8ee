"""Logging in and out, one's own password, users and tokens, what is open without a login, and the audit log."""

import json

import pytest
from axe import serious_problems
from film_box import PASSWORD, fresh_box
from page_words import words
from reader import LANGUAGES_AND_SIZES, HeldCalls, becomes
from waiting import until

NEXT = "another-horse-10"
EVIL = "<img src=x onerror=alert(1)>"
EN = words("en")
MOST_TRIES = 12
SOON_MS = 15_000
"""Half of the time until a list of tokens is read anyway."""
TABS = ("users", "tokens", "networks", "audit")


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """One for all tests here, which make users of their own."""
    with fresh_box(tmp_path_factory.mktemp("a")) as running:
        yield running


def someone(box, name, role):
    """Lets ``name`` log in."""
    box.made("POST", "/users", {"name": name, "role": role, "password": PASSWORD})
    return name


def fill_login(page, user, password, language="en"):
    """Types both into the login and sends it."""
    page.get_by_label(words(language)["login.user"]).fill(user)
    page.get_by_label(words(language)["login.password"]).fill(password)
    page.get_by_role("button", name=words(language)["login.go"]).click()


def session_cookie(page):
    """As the browser keeps it."""
    return next((each for each in page.context.cookies() if each["name"] == "sophon_session"), None)


@pytest.mark.parametrize(("language", "size"), LANGUAGES_AND_SIZES)
def test_who_logs_in_comes_to_the_place_that_was_wanted(reader, box, language, size):
    """A wrong password is told in words that say nothing of the user; no script sees the session."""
    word = words(language)
    page = reader.visitor(box, language, size, at="#/access/networks")
    fill_login(page, box.user, "wrong", language)
    page.get_by_text(word["login.wrong"]).wait_for()
    assert serious_problems(page) == []
    fill_login(page, box.user, box.password, language)
    page.get_by_role("heading", level=1, name=word["page.access"]).wait_for()
    page.locator("#trusted_networks").wait_for()
    cookie = session_cookie(page)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert "sophon_session" not in page.evaluate("document.cookie")


def test_a_session_that_ends_leads_to_the_login_and_back(reader, box):
    """With why, and the cookie is gone."""
    user = someone(box, "ends", "admin")
    page = reader.open(box, "#/access/tokens", user=user, password=PASSWORD)
    page.get_by_role("heading", level=1, name=EN["page.access"]).wait_for()
    box.made("PATCH", f"/users/{user}", {"password": NEXT})
    page.get_by_role("link", name=EN["access.tab_users"]).click()
    page.get_by_text(EN["login.over"]).wait_for()
    assert session_cookie(page) is None
    fill_login(page, user, NEXT)
    page.get_by_role("button", name=EN["access.user_add"]).wait_for()


@pytest.mark.parametrize(("language", "size"), [("en", "desktop"), ("zh", "phone")])
def test_a_user_is_added_used_changed_and_removed(reader, box, language, size):
    """The made-up password is shown once; another role counts; removing wants the name typed."""
    word, name = words(language), f"ben-{language}"
    page = reader.open(box, "#/access/users", language, size)
    page.get_by_role("button", name=word["access.user_add"]).click()
    page.get_by_label(word["access.user_name"]).fill("two words")
    page.get_by_role("button", name=word["page.add"], exact=True).click()
    page.get_by_text(word["access.user_name_wrong"]).first.wait_for()
    page.get_by_label(word["access.user_name"]).fill(name)
    page.get_by_role("radio", name=word["access.role_viewer"]).check()
    assert serious_problems(page) == []
    page.get_by_role("button", name=word["page.add"], exact=True).click()
    shown = page.get_by_role("dialog", name=word["access.password_shown"].format(name=name))
    password = shown.locator("code").inner_text()
    shown.get_by_role("button", name=word["page.done"]).click()
    row = page.get_by_role("listitem").filter(has_text=name)
    row.get_by_text(word["access.role_viewer"]).wait_for()
    assert serious_problems(page) == []
    theirs = reader.open(box, "#/access", language, size, user=name, password=password)
    theirs.get_by_text(word["page.admin_only"]).first.wait_for()
    assert not theirs.locator("#open_writes").is_enabled()
    row.get_by_role("button", name=word["access.user_role_short"]).click()
    page.get_by_role("radio", name=word["access.role_admin"]).check()
    page.get_by_role("button", name=word["page.save"]).click()
    row.get_by_text(word["access.role_admin"]).wait_for()
    row.get_by_role("button", name=word["access.user_remove"]).click()
    page.get_by_label(word["page.type_name"].format(name=name)).fill(name)
    page.get_by_role("dialog").get_by_role("button", name=word["access.user_remove"]).click()
    row.wait_for(state="detached")
    assert name not in [row["name"] for row in box.made("GET", "/users")["users"]]


def test_a_token_is_shown_once_and_revoked_by_its_name(reader, box):
    """What is shown lets a program in, with the role that was chosen."""
    page = reader.open(box, "#/access/tokens")
    page.get_by_role("button", name=EN["access.token_add"]).click()
    page.get_by_label(EN["access.token_name"]).fill("door-board")
    page.get_by_role("radio", name=EN["access.role_viewer"]).check()
    page.get_by_role("dialog").get_by_role("button", name=EN["access.token_add"]).click()
    shown = page.get_by_role("dialog", name=EN["access.token_shown"].format(name="door-board"))
    token = shown.locator("code").inner_text()
    shown.get_by_role("button", name=EN["page.copy"]).click()
    page.get_by_text(EN["page.copied"]).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == token
    headers = {"Authorization": f"Bearer {token}"}
    assert page.request.get(f"{box.url}/api/v1/session", headers=headers).json()["role"] == "viewer"
    shown.get_by_role("button", name=EN["page.done"]).click()
    shown.wait_for(state="detached")
    until(lambda: token not in page.content(), "a closed dialog that is gone with what it showed")
    row = page.get_by_role("listitem").filter(has_text="door-board")
    row.get_by_role("button", name=EN["access.token_revoke"]).click()
    page.get_by_label(EN["page.type_name"].format(name="door-board")).fill("door-board")
    page.get_by_role("dialog").get_by_role("button", name=EN["access.token_revoke"]).click()
    row.wait_for(state="detached")
    assert page.request.get(f"{box.url}/api/v1/session", headers=headers).status == 401


def test_a_list_that_changed_while_it_was_read_is_read_again(reader, box):
    """The answer from before the change is not the last word: the next turn would come half a minute later."""
    page = reader.open(box, "#/access/networks")
    held = []

    def hold_the_first(route):
        if route.request.method == "GET" and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    page.route("**/api/v1/tokens", hold_the_first)
    page.goto(f"{box.url}/#/access/tokens")
    page.get_by_role("button", name=EN["access.token_add"]).click()
    page.get_by_label(EN["access.token_name"]).fill("yard-board")
    page.get_by_role("dialog").get_by_role("button", name=EN["access.token_add"]).click()
    page.get_by_role("dialog", name=EN["access.token_shown"].format(name="yard-board")).wait_for()
    [(route, response)] = held
    page.get_by_role("button", name=EN["page.done"]).click()
    route.fulfill(response=response)
    page.get_by_role("listitem").filter(has_text="yard-board").wait_for(timeout=SOON_MS)


def test_a_secret_is_shown_though_its_dialog_was_closed_meanwhile(reader, box):
    """The token is made: nothing could show it later. It stands in the list at once, too."""
    page = reader.open(box, "#/access/tokens")
    page.get_by_role("button", name=EN["access.token_add"]).click()
    page.get_by_label(EN["access.token_name"]).fill("left-early")
    dialog = page.get_by_role("dialog")
    with HeldCalls(page, "**/api/v1/tokens") as held:
        dialog.get_by_role("button", name=EN["access.token_add"]).click()
        held.wait()
        dialog.get_by_role("button", name=EN["page.cancel"]).click()
        dialog.wait_for(state="detached")
    shown = page.get_by_role("dialog", name=EN["access.token_shown"].format(name="left-early"))
    headers = {"Authorization": f"Bearer {shown.locator('code').inner_text()}"}
    assert page.request.get(f"{box.url}/api/v1/session", headers=headers).ok
    shown.get_by_role("button", name=EN["page.done"]).click()
    page.get_by_role("listitem").filter(has_text="left-early").wait_for(timeout=SOON_MS)


def test_a_refusal_is_told_though_its_dialog_was_closed_meanwhile(reader, box):
    """And not when it had been read before."""
    someone(box, "there", "viewer")
    page = reader.open(box, "#/access/users")
    page.get_by_role("button", name=EN["access.user_add"]).click()
    page.get_by_label(EN["access.user_name"]).fill("there")
    dialog = page.get_by_role("dialog")
    with HeldCalls(page, "**/api/v1/users") as held:
        dialog.get_by_role("button", name=EN["page.add"], exact=True).click()
        held.wait()
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
    page.locator(".toasts .notice.bad").wait_for()
    assert dialog.count() == 0


def test_what_opens_the_box_is_asked_about_and_then_warned_of(reader, box):
    """A wrong network is told at its field."""
    page = reader.open(box, "#/access/networks")
    networks = page.locator("#trusted_networks")
    kept = networks.input_value()
    networks.fill("10.0.0.0/33")
    page.get_by_role("button", name=EN["page.save"]).click()
    page.get_by_text(EN["page.problem_INVALID_ARGUMENTS"]).wait_for()
    assert networks.get_attribute("aria-invalid") == "true"
    networks.fill(kept)
    page.locator("#open_writes").check()
    page.get_by_role("button", name=EN["page.save"]).click()
    page.get_by_role("button", name=EN["access.open_action"]).click()
    page.get_by_text(EN["access.writes_on"]).wait_for()
    assert serious_problems(page) == []
    page.locator("#open_writes").uncheck()
    page.get_by_role("button", name=EN["page.save"]).click()
    page.get_by_text(EN["access.writes_on"]).wait_for(state="detached")


def test_the_audit_is_searched_on_the_box_and_shows_text_as_text(reader, box):
    """What somebody typed anywhere is never HTML."""
    box.ask("POST", "/session", {"username": EVIL, "password": EVIL})
    page = reader.open(box, "#/access/audit")
    page.get_by_text(EN["access.did_logged_in"]).first.wait_for()
    page.get_by_label(EN["access.audit_search"]).fill(EVIL)
    page.get_by_role("heading", name=EN["access.audit_not_found"]).wait_for()
    assert page.locator("img[src=x]").count() == 0
    page.get_by_label(EN["access.audit_search"]).fill("LOGGED IN")
    page.get_by_text(EN["access.did_logged_in"]).first.wait_for()
    page.get_by_text("as admin").first.wait_for()
    assert serious_problems(page) == []


def test_one_changes_ones_password_and_logs_out_everywhere(reader, box):
    """Elsewhere one is logged out at once; here one stays, until one leaves."""
    user = someone(box, "own", "viewer")
    elsewhere = reader.open(box, "#/account", user=user, password=PASSWORD)
    page = reader.open(box, "#/account", user=user, password=PASSWORD)
    page.get_by_label(EN["account.old"]).fill(PASSWORD)
    page.get_by_label(EN["account.new"], exact=True).fill(NEXT)
    page.get_by_label(EN["account.repeat"]).fill(NEXT + "x")
    page.get_by_role("button", name=EN["account.change"]).click()
    page.get_by_text(EN["account.wrong_repeat"]).wait_for()
    page.get_by_label(EN["account.repeat"]).fill(NEXT)
    page.get_by_role("button", name=EN["account.change"]).click()
    page.get_by_text(EN["account.changed"]).wait_for()
    elsewhere.get_by_role("link", name=EN["page.access"]).first.click()
    elsewhere.get_by_text(EN["login.over"]).wait_for()
    fill_login(elsewhere, user, NEXT)
    elsewhere.get_by_role("heading", level=1, name=EN["page.access"]).wait_for()
    page.get_by_role("button", name=EN["account.out_everywhere"]).click()
    page.get_by_role("dialog").get_by_role("button", name=EN["account.out_everywhere"]).click()
    page.get_by_role("heading", name=EN["login.title"]).wait_for()
    assert session_cookie(page) is None
    elsewhere.goto(f"{box.url}/#/account")
    elsewhere.goto(f"{box.url}/#/access")
    elsewhere.get_by_text(EN["login.over"]).wait_for()


def test_too_many_tries_count_down(reader, fresh_box):
    """The button waits as long as the box does, and says how long."""
    page = reader.visitor(fresh_box)
    too_many = page.get_by_text("Too many wrong passwords")
    for _ in range(MOST_TRIES):  # the first wait is short, and over before the next try on a busy machine
        fill_login(page, "admin", "wrong")
        page.get_by_text(EN["login.wrong"]).or_(too_many).wait_for()
        becomes(page, "() => !document.querySelector('[aria-busy=true]')")
        if too_many.count() and page.get_by_role("button", name=EN["login.go"]).is_disabled():
            break
    else:
        pytest.fail("nobody was held up")
    page.get_by_text(EN["login.wait_over"]).wait_for()
    fill_login(page, fresh_box.user, fresh_box.password)
    page.wait_for_selector(".frame h1")


@pytest.mark.parametrize("site", ["http://evil.example", "http://127.0.0.1:8080"])
@pytest.mark.parametrize("target", ["/sophon/v2/face/deletemediadevices", "/api/v1/session", "/api/v1/users"])
def test_a_form_of_another_page_changes_nothing(reader, box, site, target):
    """Neither one of another site nor of another port, to which the browser sends the cookie along."""
    page = reader.open(box, "#/account")
    cookie = session_cookie(page)
    icon, button = '<link rel="icon" href="data:,">', '<button name="{}">go</button>'
    form = f'<form method="post" enctype="text/plain" action="{box.url}{target}">{button}</form>'
    page.route(f"{site}/**", lambda route: route.fulfill(body=icon + form, content_type="text/html"))
    page.goto(f"{site}/")
    with page.expect_navigation() as sent:
        page.get_by_role("button", name="go").click()
    assert sent.value.status in (401, 403), sent.value.text()
    assert session_cookie(page) == cookie
    headers = {"Content-Type": "application/json", "Origin": "http://127.0.0.1:8080", "X-Sophon-Page": "1"}
    assert page.request.post(f"{box.url}{target}", data=json.dumps({}), headers=headers).status == 403


def test_the_policy_lets_no_script_in_that_a_text_brings(reader, box):
    """Neither inline nor from elsewhere; nobody frames the page."""
    page = reader.visitor(box)
    policy = page.request.get(box.url).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
