"""Our own calls on refused events: what they answer, and what they refuse."""

import json

import pytest
from own_calls import own_port

from sophon_report.api.call import Need
from sophon_report.api.v1.dead_letters import DeadLetterCalls
from sophon_report.delivery.letter import DeadLetter
from sophon_report.errors import BadInput, JournalError, NotFound

LETTER = DeadLetter(
    42,
    event_id="1760000000123456",
    reason="HTTP 400",
    status=400,
    answer="no such field",
    set_aside_ms=1_760_000_009_000,
    attempts=5,
    event="visit",
    event_ms=1_760_000_003_456,
    device_id="d1",
    device_name="front door",
    user_type="employee",
)


class ScriptedLetters:
    """Knows one destination and one letter."""

    def __init__(self, error=None):
        self.asked = []
        self._error = error

    async def refused(self, name):
        self._look(name)
        return [LETTER]

    async def resend(self, name, ids):
        self._look(name)
        self.asked.append(("resend", ids))
        return 7

    async def give_up(self, name, ids):
        self._look(name)
        self.asked.append(("drop", ids))
        return 3

    def _look(self, name):
        if self._error:
            raise self._error
        if name != "platform":
            raise NotFound(f"there is no destination named {name}")


def ask(letters, method, what="", values=None, name="platform"):
    body = b"" if values is None else json.dumps(values).encode()
    with own_port(DeadLetterCalls(letters).operations()) as port:
        return port.ask(method, f"/api/v1/destinations/{name}/dead{what}", body)


def test_the_list_says_what_and_why_without_the_person():
    """All of a letter but the event."""
    reply = ask(ScriptedLetters(), "GET")
    (row,) = reply.json["letters"]
    assert reply.status == 200
    assert row == vars(LETTER)


@pytest.mark.parametrize(("what", "answer"), [("resend", {"resending": 7}), ("drop", {"dropped": 3})])
@pytest.mark.parametrize(("values", "ids"), [({"ids": ["42", "17"]}, ["42", "17"]), ({"all": True}, None)])
def test_letters_are_named_by_their_ids_or_all_at_once(what, answer, values, ids):
    """Numbers of records and ids of events are texts both."""
    letters = ScriptedLetters()
    reply = ask(letters, "POST", f"/{what}", values)
    assert (reply.status, reply.json, letters.asked) == (200, answer, [(what, ids)])


@pytest.mark.parametrize("what", ["resend", "drop"])
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (None, 'ids must be given, or "all": true'),
        ({}, 'ids must be given, or "all": true'),
        ({"all": False}, 'ids must be given, or "all": true'),
        ({"all": "true"}, "all must be true or false"),
        ({"all": True, "ids": ["1"]}, "ids must not be given together with all"),
        ({"ids": "1"}, "ids must be a list"),
        ({"ids": [1]}, "ids[0] must be a text"),
        ({"ids": ["1", ""]}, "ids[1] must not be empty"),
        ({"ids": ["9" * 129]}, "ids[0] must not be longer than 128 characters"),
        ({"ids": ["1"] * 1001}, "ids must not have more than 1000 items"),
    ],
)
def test_a_wrong_body_is_refused_with_the_name_of_the_field(what, values, problem):
    """And nothing is done."""
    letters = ScriptedLetters()
    reply = ask(letters, "POST", f"/{what}", values)
    assert (reply.status, reply.detail, letters.asked) == (400, problem, [])


@pytest.mark.parametrize(("method", "what"), [("GET", ""), ("POST", "/resend"), ("POST", "/drop")])
@pytest.mark.parametrize("name", ["nobody", "..", "%2e%2e%2fetc"])
def test_an_unknown_destination_is_not_found(method, what, name):
    """Whatever its name looks like."""
    assert ask(ScriptedLetters(), method, what, {"all": True} if method == "POST" else None, name).status == 404


@pytest.mark.parametrize(("error", "status"), [(BadInput("no"), 400), (JournalError("the disk refused"), 503)])
def test_what_cannot_be_done_is_said(error, status):
    """With the words of the error."""
    reply = ask(ScriptedLetters(error), "POST", "/resend", {"all": True})
    assert (reply.status, reply.detail) == (status, str(error))


def test_looking_needs_less_than_changing():
    """The gate decides by it."""
    needs = {call.method: call.need for call in DeadLetterCalls(ScriptedLetters()).operations()}
    assert needs == {"GET": Need.READ, "POST": Need.WRITE}
