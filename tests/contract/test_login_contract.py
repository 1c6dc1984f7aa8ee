"""Login and password by the vendor's calls, and what they open here."""

from contextlib import closing

import pytest
from running_box import running_box
from waiting import until

from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database

LOGIN, CHANGE = "/sophon/v2/face/login", "/sophon/v2/face/changepassword"
CHOSEN = "correct horse battery"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("s") / "d") as running:
        yield running


def first_password(root):
    return (root / "admin-password").read_text().strip()


def login(box, password, username="admin"):
    return box.post(LOGIN, {"username": username, "password": password})


def audited(box):
    """Lines of the audit, the newest first."""
    with closing(Database.open(box.place.store)) as database:
        return [(line.actor, line.action) for line in AuditStore(database).list()]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_right_password_is_answered_as_documented_and_opens_a_session(box):
    """Beside ``result`` there is what later calls show."""
    answer = login(box, first_password(box.place.root))
    assert answer.status == 200
    assert set(answer.body) == {"result", "session", "expires_in_s"}
    assert answer.body["result"] is True
    assert answer.body["expires_in_s"] == 43_200


def test_a_session_counts_as_a_token(box):
    """For reading and for changing, where without it nothing is open."""
    session = login(box, first_password(box.place.root)).body["session"]
    for name, body in (("getconfigs", {}), ("setconfigs", {"config_dict": {"MATCH_THRESHOLD": 81}})):
        path = f"/sophon/v2/face/{name}"
        assert box.ask("POST", path, body).status == 401
        assert box.ask("POST", path, body, bearer(session)).status == 200
        assert box.ask("POST", path, body, bearer(session[:-1])).status == 401


def test_a_wrong_password_is_refused_by_status_result_and_error(tmp_path_factory):
    """A client that looks at any one of the three sees it; a name that nobody has is answered the same."""
    with running_box(tmp_path_factory.mktemp("s") / "d") as box:
        right = first_password(box.place.root)
        wrong = [login(box, "admin"), login(box, right.upper()), login(box, right, "linaro"), login(box, "", "")]
    bodies = [answer.body for answer in wrong]
    assert {answer.status for answer in wrong} == {401}
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["result"] is False
    assert bodies[0]["error"]["code"] == "PASSWORD_ERROR"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (LOGIN, {}, "MISSING_ARGUMENTS"),
        (LOGIN, {"username": "admin"}, "MISSING_ARGUMENTS"),
        (LOGIN, {"username": "admin", "password": 7}, "INVALID_ARGUMENTS"),
        (LOGIN, {"username": "admin", "password": "x" * 2049}, "INVALID_ARGUMENTS"),
        (CHANGE, {"username": "admin", "old_password": "x"}, "MISSING_ARGUMENTS"),
        (CHANGE, {"username": "admin", "old_password": "x", "new_password": "short"}, "INVALID_ARGUMENTS"),
        (CHANGE, {"username": "admin", "old_password": "x", "new_password": "y" * 129}, "INVALID_ARGUMENTS"),
    ],
)
def test_what_cannot_be_tried_is_refused_by_name_and_counts_as_no_try(box, path, body, code):
    """The message never holds what was sent."""
    answer = box.post(path, body)
    assert (answer.status, answer.code) == (400, code)
    assert "yyy" not in answer.body["error"]["message"]


def test_a_changed_password_ends_all_sessions_and_the_file(tmp_path_factory):
    """The old one is worth nothing, the new one is nowhere in the data folder."""
    root = tmp_path_factory.mktemp("s") / "d"
    with running_box(root) as box:
        old = first_password(root)
        session = login(box, old).body["session"]
        given = {"username": "admin", "old_password": old, "new_password": CHOSEN}
        assert box.post(CHANGE, {**given, "old_password": "guessed"}).status == 401
        assert box.post(CHANGE, {**given, "username": "root"}).status == 401
        changed = box.post(CHANGE, given)
        assert (changed.status, changed.body) == (200, {"result": True})
        assert box.ask("POST", "/sophon/v2/face/getconfigs", {}, bearer(session)).status == 401
        assert not (root / "admin-password").exists()
        assert login(box, old).status == 401
        assert login(box, CHOSEN).status == 200
    with running_box(root) as box:  # a restart makes no new one
        assert not (root / "admin-password").exists()
        assert login(box, CHOSEN).status == 200
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not any(CHOSEN.encode() in path.read_bytes() for path in files)


def test_too_many_tries_have_to_wait(tmp_path_factory):
    """Also the right password has to, and the answer says how long."""
    with running_box(tmp_path_factory.mktemp("s") / "d") as box:
        right = first_password(box.place.root)
        statuses = [login(box, "guessed").status for _ in range(6)]
        answer = login(box, right)
        until(lambda: audited(box), "the line of the audit")
        lines = audited(box)
    assert statuses == [401] * 5 + [429]
    assert answer.status == 429
    assert answer.headers["Retry-After"] in ("1", "2")
    assert (answer.code, answer.body["result"]) == ("PASSWORD_ERROR", False)
    assert lines == [("127.0.0.1", "login failed")]


def test_who_is_trusted_nowhere_may_still_log_in(tmp_path_factory):
    """A session is what lets in from elsewhere."""
    with running_box(tmp_path_factory.mktemp("s") / "d", access={"trusted_networks": []}) as box:
        assert box.ask("GET", "/healthz").status == 401
        session = login(box, first_password(box.place.root)).body["session"]
        assert box.ask("GET", "/healthz", headers=bearer(session)).status == 200


def test_a_page_of_another_site_tries_no_passwords(box):
    """Its visitors' browsers would do so from trusted addresses."""
    body = {"username": "admin", "password": "guessed"}
    assert (
        "another site" in box.ask("POST", LOGIN, body, {"Origin": "https://evil.example"}).body["error"]["message"]
    )
