"""Both doors ask the same doorkeeper; it looks into the real store."""

import json

import pytest
from structlog.testing import capture_logs

from sophon_report.api.call import Need
from sophon_report.api.doorkeeper import Doorkeeper
from sophon_report.api.sessions import Sessions
from sophon_report.config import Access
from sophon_report.model import Role
from sophon_report.store.database import Database
from sophon_report.store.tokens import TokenStore

NEAR, FAR = "192.168.1.5", "203.0.113.5"


class Place:
    """A doorkeeper, what it goes by, and a clock to set."""

    def __init__(self, database):
        self.database = database
        self.access, self.now_ms = Access(), 60_000
        self.tokens = TokenStore(database)
        self.noted = []
        self.sessions = Sessions(lambda: self.access, lambda _user: 1, lambda: self.now_ms / 1000)
        self.keeper = Doorkeeper(
            lambda: self.access, self.tokens, lambda peer: False, lambda: self.now_ms, self.sessions, self.note
        )

    def note(self, *line):
        self.noted.append(line)


@pytest.fixture
def place(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield Place(database)
    database.close()


def test_a_new_and_a_revoked_token_count_at_once(place):
    """Nothing is remembered between calls."""
    token = place.tokens.create("platform", 0)
    assert place.keeper.refusal(Need.WRITE, FAR, token) is None
    place.tokens.revoke("platform")
    assert place.keeper.refusal(Need.WRITE, FAR, token) is not None


def test_a_session_lets_in_as_a_token_does(place):
    """And each says who it is."""
    token, session = place.tokens.create("platform", 0), place.sessions.open("admin", Role.ADMIN, 1).token
    assert place.keeper.refusal(Need.ADMIN, FAR, session) is None
    assert place.keeper.answer(FAR, session) is None
    shown = [place.keeper.who(text) for text in (session, token, "wrong", None)]
    assert shown == ["session:admin", "token:platform", "", ""]


def test_each_may_what_its_role_may(place):
    """Of a session it is the user's, of a token the one it was made with."""
    viewer, operator = (
        place.tokens.create("board", 0, Role.VIEWER),
        place.sessions.open("ben", Role.OPERATOR, 1).token,
    )
    for shown, may, may_not in ((viewer, Need.READ, Need.WRITE), (operator, Need.WRITE, Need.ADMIN)):
        assert place.keeper.refusal(may, FAR, shown) is None
        assert place.keeper.refusal(may_not, FAR, shown).code == "FORBIDDEN"
    shown = [place.keeper.role(text) for text in (viewer, operator, "wrong", None)]
    assert shown == [Role.VIEWER, Role.OPERATOR, None, None]


def test_changed_settings_count_at_once(place):
    """Trusted networks as well as switches."""
    assert place.keeper.refusal(Need.READ, NEAR, None) is not None
    place.access = Access(open_reads=True)
    assert place.keeper.refusal(Need.READ, NEAR, None) is None
    place.access = Access(trusted_networks=["10.0.0.0/8"], open_reads=True)
    assert place.keeper.refusal(Need.READ, NEAR, None) is not None


def test_a_use_is_noted_once_a_minute(place):
    """A token that is used every second is written once."""
    token = place.tokens.create("platform", 0)
    noted = []
    for now_ms in (60_000, 119_999, 120_000):
        place.now_ms = now_ms
        place.keeper.refusal(Need.OPEN, FAR, token)
        noted.append(place.tokens.list()[0].used_ms)
    assert noted == [60_000, 60_000, 120_000]


def test_a_refusal_is_one_line_that_names_the_switch_and_no_token(place):
    """Repeated ones are counted."""
    with capture_logs() as lines:
        for _ in range(100):
            place.keeper.refusal(Need.READ, "::ffff:" + NEAR, None)
            place.keeper.refusal(Need.READ, NEAR, "wrong-token")
    assert [(line["event"], line["peer"], line["need"]) for line in lines] == [("call_refused", NEAR, "read")]
    assert "access.open_reads = true" in lines[0]["reason"]
    assert "wrong-token" not in json.dumps(lines)
    assert place.keeper.refused == {"read": 200}
    assert place.noted == [(NEAR, "refused", "needs read")]


def test_the_event_port_gets_a_status_and_a_body(place):
    """401 to who may not, 503 when the store cannot be asked, nothing to who may."""
    assert place.keeper.answer(NEAR, None) is None
    status, body = place.keeper.answer(FAR, None)
    assert (status, json.loads(body)["error"]["code"]) == (401, "PASSWORD_ERROR")
    with place.database.change() as connection:
        connection.execute("ALTER TABLE token RENAME TO token_away")
    status, body = place.keeper.answer(FAR, "anything")
    assert (status, json.loads(body)["error"]["code"]) == (503, "INTERNAL_ERROR")
