"""People registered from a photo and erased, through our own calls: what they answer, and what they refuse."""

import json
from urllib.parse import quote

import pytest
from own_calls import own_port

from sophon_report.api.body import MAX_BODY_BYTES
from sophon_report.api.call import Need
from sophon_report.api.job import Job
from sophon_report.api.v1.people import PeopleCalls
from sophon_report.errors import BadImage, BadInput, GalleryFull, IdTaken, Unavailable


class ScriptedPeople:
    """Registers nobody, and says whom it was asked for."""

    def __init__(self, error=None):
        self._error = error
        self.enrolled, self.erased = [], []

    async def enrol(self, request):
        if self._error:
            raise self._error
        self.enrolled.append(request)
        return {
            "identity_id": request.identity_id,
            "identity_name": request.name,
            "user_type": request.user_type.value,
        }

    def erase_person(self, identity_id, actor):
        self.erased.append(identity_id)
        return Job("j1", "erase a person", actor, 1)

    def erasing(self):
        return {"state": "running"}


def enrol(people, query, body=b"jpeg"):
    with own_port(PeopleCalls(people).operations()) as port:
        return port.ask("POST", "/api/v1/people?" + "&".join(query), body, content_type="image/jpeg")


def test_a_person_is_enrolled_from_the_body():
    """Id and name come from the query, the photo is the body as it is, whatever bytes it has."""
    people, photo = ScriptedPeople(), b"\xff\xd8" + b",[{%" * 300_000
    reply = enrol(people, ["identity_id=7", "name=" + quote("李雷"), "user_type=vip"], photo)
    assert (reply.status, reply.json) == (200, {"identity_id": "7", "identity_name": "李雷", "user_type": "vip"})
    [request] = people.enrolled
    assert (request.identity_id, request.name, request.user_type.value) == ("7", "李雷", "vip")
    assert (request.photo, request.replace, request.level) == (photo, False, "")


def test_who_enrols_may_say_how_good_the_photo_must_be_and_that_it_replaces_another():
    """In the vendor's words; any other is refused with all of them."""
    people = ScriptedPeople()
    assert enrol(people, ["identity_id=7", "fiqa_level=high", "replace=true"]).status == 200
    assert [(request.level, request.replace) for request in people.enrolled] == [("high", True)]
    reply = enrol(people, ["identity_id=7", "fiqa_level=best"])
    assert (reply.status, len(people.enrolled)) == (400, 1)
    [wrong] = reply.json["errors"]
    assert wrong["parameter"] == "fiqa_level"
    assert all(word in wrong["detail"] for word in ("no", "low", "normal", "middle", "high", "custom"))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadImage("no_face", "no face was found"), 400, "NO_FACE"),
        (BadImage("not_an_image", "is text"), 400, "NOT_AN_IMAGE"),
        (BadImage("face_too_small", "12 px"), 400, "LOW_QUALITY"),
        (BadInput("the name has control characters"), 400, "INVALID_ARGUMENTS"),
        (IdTaken("7 is taken"), 409, "TAKEN"),
        (GalleryFull("100,000 faces are registered"), 409, "FULL"),
        (Unavailable("vision is away"), 503, "UNAVAILABLE"),
    ],
)
def test_a_refusal_has_a_code_and_words(error, status, code):
    """The error tree is mapped once; what may be tried again is no fault of the service."""
    reply = enrol(ScriptedPeople(error), ["identity_id=7"])
    assert (reply.status, reply.code, reply.detail) == (status, code, str(error))
    assert ("retry-after" in reply.headers) == (status == 503)


def test_an_unexpected_error_tells_nothing_of_the_inside():
    """500, a pointer to the log, no traceback."""
    reply = enrol(ScriptedPeople(KeyError("secret")), ["identity_id=7"])
    assert (reply.status, reply.code, reply.detail) == (500, "INTERNAL_ERROR", "see the service's log")


def test_a_body_over_the_bound_is_refused():
    """413, and not read to its end."""
    reply = enrol(ScriptedPeople(), ["identity_id=7"], b"x" * (MAX_BODY_BYTES + 1))
    assert (reply.status, reply.code) == (413, "PAYLOAD_TOO_LARGE")
    assert str(MAX_BODY_BYTES) in reply.detail


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ([], "identity_id"),
        (["identity_id="], "identity_id"),
        (["identity_id=7", "identity_id=8"], "identity_id"),
        (["identity_id=7", "user_type=king"], "user_type"),
        (["identity_id=7", "replace=yes"], "replace"),
        (["identity_id=7", "names=Ada"], "names"),
    ],
)
def test_a_missing_wrong_or_unknown_parameter_is_named(query, wrong):
    """And nobody is registered."""
    people = ScriptedPeople()
    reply = enrol(people, query)
    assert (reply.status, [each["parameter"] for each in reply.json["errors"]]) == (400, [wrong])
    assert wrong in reply.detail
    assert people.enrolled == []


def test_erasing_begins_a_job():
    """The id is in the body, since addresses may be logged."""
    people = ScriptedPeople()
    with own_port(PeopleCalls(people).operations()) as port:
        reply = port.ask("DELETE", "/api/v1/people", json.dumps({"identity_id": "E-1"}).encode())
    assert (reply.status, reply.json["state"], reply.json["job_id"]) == (200, "running", "j1")
    assert people.erased == ["E-1"]


def test_looking_needs_less_than_changing():
    """The gate decides by it."""
    needs = {operation.method: operation.need for operation in PeopleCalls(ScriptedPeople()).operations()}
    assert needs == {"GET": Need.READ, "POST": Need.WRITE, "DELETE": Need.WRITE}
