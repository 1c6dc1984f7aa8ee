"""What every one of our own calls does alike: bodies, queries, ETags, problems."""

from typing import Optional, Tuple

import pytest
from own_calls import own_port
from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, Page
from sophon_report.api.v1.tags import Tags
from sophon_report.model import Device, DeviceType


class Toy(Body):
    size_px: int = Field(ge=1, le=9)
    names: Tuple[str, ...] = ()
    parent: Optional["Toy"] = None


class Told(Answer):
    words: str


class Shelf:
    """Remembers the last thing that it was told."""

    def __init__(self):
        self.got, self.words, self.tag = [], "a", ""

    async def put(self, asked):
        self.got.append(asked.body)
        return Told(words="put")

    async def look(self, asked):
        self.got.append(asked.query)
        return Told(words=self.words)

    async def change(self, asked):
        asked.must_match(self.tag)
        self.got.append("changed")
        return Told(words="changed")

    def operations(self):
        return [
            Operation("POST", "/toys", Need.WRITE, "Put", self.put, Told, body=Toy),
            Operation("GET", "/toys", Need.READ, "Look", self.look, Told, query=Page, tagged=True),
            Operation("PATCH", "/toys", Need.WRITE, "Change", self.change, Told, guarded=True),
        ]


def put(body, content_type="application/json"):
    shelf = Shelf()
    with own_port(shelf.operations()) as port:
        return shelf, port.ask("POST", "/api/v1/toys", body, content_type)


def test_a_good_body_arrives_as_its_model():
    """With a byte order mark too."""
    shelf, reply = put(b'\xef\xbb\xbf{"size_px": 3, "parent": {"size_px": 4}}')
    assert (reply.status, reply.json) == (200, {"words": "put"})
    assert shelf.got == [Toy(size_px=3, parent=Toy(size_px=4))]


@pytest.mark.parametrize(
    ("body", "pointer", "problem"),
    [
        (b"", "#/size_px", "is missing"),
        (b"{}", "#/size_px", "is missing"),
        (b'{"size_px": "3"}', "#/size_px", "must be a whole number"),
        (b'{"size_px": 3.5}', "#/size_px", "must be a whole number"),
        (b'{"size_px": true}', "#/size_px", "must be a whole number"),
        (b'{"size_px": 10}', "#/size_px", "must be less than or equal to 9"),
        (b'{"size_px": 3, "names": ["a", 1]}', "#/names/1", "must be a text"),
        (b'{"size_px": 3, "colour": "red"}', "#/colour", "unknown key"),
        (b'{"size_px": 3, "a/b~c": 1}', "#/a~1b~0c", "unknown key"),
        (b'{"size_px": 3, "parent": {"size_px": 0}}', "#/parent/size_px", "must be greater than or equal to 1"),
    ],
)
def test_a_wrong_field_is_pointed_at(body, pointer, problem):
    """By its JSON pointer, in words, without its value; and nothing is done."""
    shelf, reply = put(body)
    assert (reply.status, reply.code) == (400, "INVALID_ARGUMENTS")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["errors"] == [{"detail": problem, "pointer": pointer}]
    assert shelf.got == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"a"', b"null", b'{"size_px": NaN}', b'{"size_px": "\xff"}', b'{"names": ["\\ud800"]}']
)
def test_what_is_no_json_object_is_told_as_such(body):
    """Half a surrogate pair and NaN are no JSON either."""
    shelf, reply = put(body)
    assert (reply.status, reply.code, shelf.got) == (400, "INVALID_JSON", [])


def test_many_wrong_fields_are_not_all_named():
    """A body of a hundred thousand wrong items gets no answer of megabytes."""
    _shelf, reply = put(b'{"size_px": 3, "names": [' + b"1, " * 50_000 + b"1]}")
    assert reply.status == 400
    assert len(reply.json["errors"]) == 20
    assert len(reply.body) < 10_000


def test_a_body_of_another_type_is_refused():
    """A form of a page of another site is none of ours."""
    shelf, reply = put(b'{"size_px": 3}', "text/plain")
    assert (reply.status, reply.code, shelf.got) == (415, "UNSUPPORTED_CONTENT_TYPE", [])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999999", "offset"),
        ("page=1", "page"),
        ("LIMIT=1", "LIMIT"),
    ],
)
def test_a_wrong_parameter_is_named(query, parameter):
    """Unknown ones too: who mistypes one should learn it."""
    shelf = Shelf()
    with own_port(shelf.operations()) as port:
        reply = port.ask("GET", f"/api/v1/toys?{query}")
    assert (reply.status, [each["parameter"] for each in reply.json["errors"]]) == (400, [parameter])
    assert shelf.got == []


def test_who_has_the_answer_already_gets_none():
    """304 while the tag is that of the answer; weak or in a list it is the same tag."""
    shelf = Shelf()
    with own_port(shelf.operations()) as port:
        first = port.ask("GET", "/api/v1/toys?limit=3")
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            again = port.ask("GET", "/api/v1/toys?limit=3", If_None_Match=known)
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        shelf.words = "b"
        changed = port.ask("GET", "/api/v1/toys?limit=3", If_None_Match=tag)
        assert (changed.status, changed.json) == (200, {"words": "b"})
        assert changed.headers["etag"] != tag
    assert shelf.got[0] == Page(limit=3)


def test_a_change_of_what_has_changed_since_is_refused():
    """412 for another tag and for a weak one; without If-Match whatever there is is overwritten."""
    shelf = Shelf()
    shelf.tag = '"1"'
    with own_port(shelf.operations()) as port:
        for seen in ('"0"', 'W/"1"', "1"):
            reply = port.ask("PATCH", "/api/v1/toys", If_Match=seen)
            assert (reply.status, reply.code, shelf.got) == (412, "PRECONDITION_FAILED", [])
        for seen in ({}, {"If_Match": '"1"'}, {"If_Match": '"0", "1"'}, {"If_Match": "*"}):
            assert port.ask("PATCH", "/api/v1/toys", **seen).status == 200


def test_a_changed_password_changes_the_tag():
    """Though no answer shows it; and the tag of another service tells nothing."""
    tags = Tags()
    one, other = (Device("d", "d", DeviceType.RTSP, f"rtsp://a:{word}@10.0.0.9/1") for word in ("x", "y"))
    assert repr(one) == repr(other)
    assert tags.of_value(one) != tags.of_value(other)
    assert tags.of_value(one) == tags.of_value(Device("d", "d", DeviceType.RTSP, one.url))
    assert tags.of_value(one) != Tags().of_value(one)


def test_a_reply_may_say_more_than_its_model():
    """Another status, a header and a tag of its own."""

    async def make(_asked):
        return Reply(Told(words="made"), 201, tag='"t"', headers={"Location": "/api/v1/toys/1"})

    operation = Operation("POST", "/toys", Need.WRITE, "Make", make, Told, http_status=201, tagged=True)
    with own_port([operation]) as port:
        reply = port.ask("POST", "/api/v1/toys")
    assert (reply.status, reply.json) == (201, {"words": "made"})
    assert (reply.headers["etag"], reply.headers["location"]) == ('"t"', "/api/v1/toys/1")
