"""Users with their roles, and the sessions of the page: cookies, time-outs, what ends them."""

import json
import threading

import pytest
from running_box import running_box
from waiting import until

SESSION, USERS, WRITE = "/api/v1/session", "/api/v1/users", "/api/v1/people"
PAGE = {"X-Sophon-Page": "1"}
CHOSEN, NEXT = "correct horse battery", "staple and so on"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("s")) as running:
        yield running


@pytest.fixture
def own_box(tmp_path):
    """One of which passwords are changed."""
    with running_box(tmp_path) as running:
        yield running


def first_password(box):
    return box.place.admin_password.read_text().strip()


def log_in(box, user="admin", password=None, headers=None):
    """Logs in as the page does; returns the cookie, without its attributes."""
    given = {"username": user, "password": password or first_password(box), "cookie": True}
    answer = box.ask("POST", SESSION, given, {**PAGE, **(headers or {})})
    assert answer.status == 201, answer
    return answer.headers["Set-Cookie"].partition(";")[0]


def bearer(box, user="admin", password=None):
    given = {"username": user, "password": password or first_password(box)}
    return {"Authorization": f"Bearer {box.post(SESSION, given).body['token']}"}


def shown(cookie, **more):
    """Headers of a call of the page."""
    return {"Cookie": cookie, **PAGE, **more}


def add(box, admin, name, role):
    answer = box.ask("POST", USERS, {"name": name, "role": role, "password": CHOSEN}, admin)
    assert answer.status == 201, answer


class TestTheCookie:
    def test_no_script_and_no_other_site_gets_it_and_the_answer_tells_no_token(self, box):
        given = {"username": "admin", "password": first_password(box), "cookie": True}
        answer = box.ask("POST", SESSION, given, PAGE)
        token = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        told = "sophon_session=" + token + "; Path=/; HttpOnly; SameSite=Strict"
        assert answer.headers["Set-Cookie"] == told
        assert token not in json.dumps(answer.body)
        assert (answer.body["token"], answer.body["user"], answer.body["role"]) == (None, "admin", "admin")

    def test_it_counts_for_our_calls_and_for_the_vendors(self, box):
        cookie = log_in(box)
        me = box.ask("GET", SESSION, headers={"Cookie": f"other=1; {cookie}; last"}).body
        assert (me["user"], me["may_write"], me["may_administer"]) == ("admin", True, True)
        assert box.ask("POST", "/sophon/v2/face/getconfigs", {}, shown(cookie)).status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Sophon-Page": "0"},
            {**PAGE, "Origin": "https://evil.example"},
            {**PAGE, "Origin": "null"},
            {**PAGE, "Origin": "http://127.0.0.1:1"},
        ],
    )
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/api/v1/tokens"),
            ("DELETE", SESSION),
            ("POST", SESSION),
            ("POST", "/sophon/v2/face/setconfigs"),
        ],
    )
    def test_only_the_page_does_more_by_it_than_look(self, box, method, path, headers):
        cookie = log_in(box)
        answer = box.ask(method, path, {}, {"Cookie": cookie, **headers})
        assert (answer.status, answer.code) == (
            403,
            "FOREIGN_PAGE" if path.startswith("/api") else "PASSWORD_ERROR",
        )
        assert box.ask("GET", SESSION, headers={"Cookie": cookie}).body["user"] == "admin"

    def test_the_page_of_the_box_itself_may(self, box):
        headers = shown(log_in(box), Origin=box.api)
        assert box.ask("POST", "/sophon/v2/face/setconfigs", {"config_dict": {}}, headers).status == 200

    def test_a_form_cannot_log_anybody_in(self, box):
        given = {"username": "admin", "password": first_password(box), "cookie": True}
        assert box.ask("POST", SESSION, given).code == "FOREIGN_PAGE"
        body = json.dumps(given).encode()
        assert box.ask("POST", SESSION, body, {**PAGE, "Content-Type": "text/plain"}).status == 415

    def test_one_that_is_worth_nothing_is_told_to_the_page_and_taken_away(self, box):
        cookie = "sophon_session=" + "0" * 64
        for method, path in (("GET", "/api/v1/status"), ("GET", SESSION), ("DELETE", SESSION), ("POST", WRITE)):
            answer = box.ask(method, path, None, shown(cookie))
            assert (answer.status, answer.code) == (401, "SESSION_OVER")
            assert answer.headers["Set-Cookie"].startswith("sophon_session=; Max-Age=0; Path=/;")

    def test_what_is_open_stays_open_to_a_browser_whose_session_is_over(self, box):
        cookie = {"Cookie": "sophon_session=" + "0" * 64}
        assert box.ask("GET", "/healthz", headers=cookie).status == 200
        assert box.ask("POST", "/sophon/v2/face/getmediadevices", {}, cookie).status == 200
        assert box.ask("POST", "/sophon/v2/face/setconfigs", {}, cookie).status == 401
        assert log_in(box, headers=cookie)

    def test_a_login_ends_the_session_that_the_cookie_had(self, box):
        first = log_in(box)
        second = log_in(box, headers={"Cookie": first})
        assert box.ask("GET", SESSION, headers={"Cookie": first}).code == "SESSION_OVER"
        assert box.ask("GET", SESSION, headers={"Cookie": second}).status == 200

    def test_a_failed_login_ends_nothing(self, box):
        cookie = log_in(box)
        wrong = {"username": "admin", "password": "guessed", "cookie": True}
        assert box.ask("POST", SESSION, wrong, shown(cookie)).code == "UNAUTHORIZED"
        assert box.ask("GET", SESSION, headers={"Cookie": cookie}).status == 200

    def test_logging_out_ends_it_and_takes_the_cookie(self, box):
        cookie = log_in(box)
        answer = box.ask("DELETE", SESSION, None, shown(cookie))
        assert (answer.status, "Max-Age=0" in answer.headers["Set-Cookie"]) == (200, True)
        assert box.ask("GET", SESSION, headers={"Cookie": cookie}).code == "SESSION_OVER"

    def test_a_token_in_the_header_goes_before_it(self, box):
        assert box.ask("GET", SESSION, headers={"Cookie": log_in(box), "Authorization": "Bearer x"}).status == 401


class TestOnesOwnPassword:
    def test_another_one_ends_the_other_sessions_and_this_one_goes_on(self, own_box):
        old, here, there = first_password(own_box), log_in(own_box), bearer(own_box)
        assert own_box.ask("GET", SESSION, headers={"Cookie": here}).body["generated"]
        path, given = SESSION + "/password", {"old_password": "guessed", "new_password": CHOSEN}
        wrong = own_box.ask("PUT", path, given, shown(here))
        assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (400, "#/old_password")
        short = own_box.ask("PUT", path, {"old_password": old, "new_password": "short"}, shown(here))
        assert (short.status, short.body["errors"][0]["pointer"]) == (400, "#/new_password")
        changed = own_box.ask("PUT", path, {"old_password": old, "new_password": CHOSEN}, shown(here))
        assert (changed.status, changed.body["token"]) == (200, None)
        rotated = changed.headers["Set-Cookie"].partition(";")[0]
        assert own_box.ask("GET", SESSION, headers={"Cookie": here}).code == "SESSION_OVER"
        assert own_box.ask("GET", SESSION, headers=there).status == 401
        me = own_box.ask("GET", SESSION, headers={"Cookie": rotated}).body
        assert (me["user"], me["generated"]) == ("admin", False)
        assert not own_box.place.admin_password.exists()

    def test_nobody_has_none(self, box):
        given = {"old_password": first_password(box), "new_password": CHOSEN}
        assert box.ask("PUT", SESSION + "/password", given).code == "UNAUTHORIZED"

    def test_logging_out_everywhere_ends_all_of_the_user_and_nobody_elses(self, own_box):
        admin = bearer(own_box)
        add(own_box, admin, "ben", "viewer")
        here, there = log_in(own_box, "ben", CHOSEN), bearer(own_box, "ben", CHOSEN)
        assert own_box.ask("DELETE", SESSION + "?everywhere=true", None, shown(here)).status == 200
        assert own_box.ask("GET", SESSION, headers=there).status == 401
        assert own_box.ask("GET", SESSION, headers=admin).status == 200


class TestUsers:
    def test_one_is_added_changed_and_removed(self, own_box):
        """Another role and another password end the sessions; so does the end."""
        admin = bearer(own_box)
        made = own_box.ask("POST", USERS, {"name": "ben", "role": "operator"}, admin).body
        assert (made["user"]["generated"], made["user"]["role"]) == (True, "operator")
        first = bearer(own_box, "ben", made["password"])
        rows = own_box.ask("GET", USERS, headers=admin).body["users"]
        assert [(row["name"], row["sessions"]) for row in rows] == [("admin", 1), ("ben", 1)]
        assert rows[1]["last_login_ms"] >= rows[1]["created_ms"]
        assert made["password"] not in json.dumps(rows)
        assert own_box.ask("PATCH", USERS + "/ben", {"role": "viewer"}, admin).body["user"]["role"] == "viewer"
        assert own_box.ask("GET", SESSION, headers=first).status == 401
        second = bearer(own_box, "ben", made["password"])
        told = own_box.ask("PATCH", USERS + "/ben", {"password": CHOSEN}, admin).body
        assert (told["password"], told["user"]["generated"]) == (None, False)
        assert own_box.ask("GET", SESSION, headers=second).status == 401
        third = bearer(own_box, "ben", CHOSEN)
        assert own_box.ask("DELETE", USERS + "/ben", None, admin).status == 200
        assert own_box.ask("GET", SESSION, headers=third).status == 401
        assert own_box.ask("DELETE", USERS + "/ben", None, admin).code == "NOT_FOUND"
        assert own_box.ask("POST", SESSION, {"username": "ben", "password": CHOSEN}).code == "UNAUTHORIZED"

    def test_there_is_always_an_admin(self, box):
        admin = bearer(box)
        assert box.ask("DELETE", USERS + "/admin", None, admin).code == "CONFLICT"
        assert box.ask("PATCH", USERS + "/admin", {"role": "viewer"}, admin).code == "CONFLICT"
        assert box.ask("GET", SESSION, headers=admin).body["role"] == "admin"

    @pytest.mark.parametrize(
        ("wrong", "code", "pointer"),
        [
            ({"name": "two words"}, "INVALID_ARGUMENTS", "#/name"),
            ({"name": "a", "role": "root"}, "INVALID_ARGUMENTS", "#/role"),
            ({"name": "a", "password": "short"}, "INVALID_ARGUMENTS", "#/password"),
            ({"name": "longname", "password": "LongName"}, "INVALID_ARGUMENTS", None),
            ({"name": "ADMIN"}, "TAKEN", None),
        ],
    )
    def test_who_cannot_be_one_is_refused(self, box, wrong, code, pointer):
        answer = box.ask("POST", USERS, wrong, bearer(box))
        assert answer.code == code
        assert pointer is None or answer.body["errors"][0]["pointer"] == pointer

    def test_no_switch_opens_them(self, tmp_path):
        with running_box(tmp_path, access={"open_reads": True, "open_writes": True}) as box:
            assert box.ask("GET", USERS).code == "UNAUTHORIZED"
            assert box.ask("POST", USERS, {"name": "eve", "role": "admin"}).code == "UNAUTHORIZED"

    def test_a_role_that_is_too_small_is_told_in_the_shape_of_the_call(self, box):
        admin = bearer(box)
        made = box.ask("POST", "/api/v1/tokens", {"name": "board", "role": "viewer"}, admin).body
        board = {"Authorization": f"Bearer {made['token']}"}
        own = box.ask("DELETE", WRITE, {"identity_id": "E-1"}, board)
        assert (own.status, own.code) == (403, "FORBIDDEN")
        assert own.body["detail"] == "this needs the role operator: yours is viewer"
        new = box.ask("POST", "/sophon/v2/face/setconfigs", {"config_dict": {}}, board)
        old = box.ask("PUT", "/SophonConfig/api/Configs", {}, board)
        assert [(answer.status, answer.code) for answer in (new, old)] == [(403, "PASSWORD_ERROR"), (403, 40100)]
        assert box.ask("GET", "/api/v1/people", headers=board).status == 200

    def test_who_logged_in_is_in_the_audit_and_what_was_typed_as_a_name_is_not(self, box):
        admin = bearer(box)
        box.post(SESSION, {"username": "my-secret-password", "password": "oops"})

        def lines():
            return box.ask("GET", "/api/v1/audit?limit=500", headers=admin).body["lines"]

        until(lambda: any(line["action"] == "login failed" for line in lines()), "the failed login")
        assert any((line["action"], line["detail"]) == ("logged in", "as admin") for line in lines())
        assert "my-secret-password" not in json.dumps(lines())

    def test_logins_at_one_time_do_not_stop_the_other_calls(self, box):
        """Whoever has to wait is told so, and no health waits for them."""
        codes = []

        def try_one(number):
            codes.append(box.post(SESSION, {"username": f"nobody{number}", "password": "guessed"}).code)

        threads = [threading.Thread(target=try_one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        assert box.ask("GET", "/healthz").status == 200
        for thread in threads:
            thread.join()
        assert set(codes) <= {"UNAUTHORIZED", "UNAVAILABLE", "TOO_MANY_TRIES"}
