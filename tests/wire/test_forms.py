"""Fields to multipart/form-data, read back by a framework and by our own receiver."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.formparser import parse_form_data

from sophon_report.wire.forms import form_data
from sophon_report.wire.receive import parse_events

FIELDS = {
    "identity_name": "王芳",
    "timestamp": 1_760_000_000_123,
    "score": 91.25,
    "spot_pic": "/9j/" + "A" * 5000,
    "ep_info": {"ep_name": "门口", "ep_ip": "10.0.0.21"},
    "box": [1, 2, 3, 4],
    "empty": "",
}


def as_flask_reads(body, content_type):
    """What ``request.form`` would hold: Flask's parser is Werkzeug's."""
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    _, form, files = parse_form_data(environ)
    assert not files
    return dict(form)


def test_flask_reads_every_field_as_text():
    """Numbers as they are written, tables and lists as JSON."""
    assert as_flask_reads(*form_data(FIELDS)) == {
        **FIELDS,
        "timestamp": "1760000000123",
        "score": "91.25",
        "ep_info": '{"ep_name":"门口","ep_ip":"10.0.0.21"}',
        "box": "[1,2,3,4]",
    }


def test_our_receiver_reads_every_field():
    """Tables and lists come back whole; numbers stay texts, for an id may look like one."""
    assert parse_events(*form_data(FIELDS)) == [{**FIELDS, "timestamp": "1760000000123", "score": "91.25"}]


def test_a_repeat_is_the_same_request():
    """The same bytes and the same boundary."""
    assert form_data(FIELDS) == form_data(dict(FIELDS))


def test_no_content_can_end_its_part():
    """A person may be named like the boundary; another one is taken."""
    _, usual = form_data({})
    boundary = usual.partition("boundary=")[2]
    fields = {"identity_name": f"\r\n--{boundary}--\r\n", "note": boundary}
    body, content_type = form_data(fields)
    assert content_type != usual
    assert as_flask_reads(body, content_type) == fields


def test_a_name_cannot_write_headers():
    """Quotes and line breaks of a name are escaped as browsers do; frameworks differ in what they undo."""
    body, content_type = form_data({'a"\r\nX-Evil: 1': "text"})
    assert b'name="a%22%0D%0AX-Evil: 1"\r\n' in body
    assert list(as_flask_reads(body, content_type).values()) == ["text"]


def test_what_json_cannot_say_is_refused():
    """No field is told half."""
    with pytest.raises(TypeError):
        form_data({"picture": b"\xff\xd8"})


texts = st.text(st.characters(blacklist_categories=("Cs",)))


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,20}", fullmatch=True), texts, min_size=1))
def test_every_text_comes_through(fields):
    """Line breaks, quotes, boundaries in the making, all of Unicode."""
    assert as_flask_reads(*form_data(fields)) == fields
