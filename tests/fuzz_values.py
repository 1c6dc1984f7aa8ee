"""What a careless or hostile peer might send: JSON of any shape, forms, and bytes of no shape."""

import orjson
from hypothesis import strategies as st

from sophon_report.errors import SophonReportError

WORDS = ("a", "b", "with_face_image", "media_device_ids", "need_face", "event_list", "ext_data", "reg_image")
HARD_NUMBERS = (0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 1e308, -0.0, 5e-324, 0.1)
HARD_TEXTS = ("", " ", "true", "1", "1e999", "NaN", "1_0", "٣", "[", "[1]", "{", '{"a":1}', "\x00", "李", "\ufffe")

names = st.sampled_from(WORDS) | st.text(max_size=8)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(HARD_NUMBERS)
    | st.sampled_from(HARD_TEXTS)
    | st.text(max_size=12)
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=5
)
tables = st.dictionaries(names, values, max_size=6)


def outcome(read, *arguments):
    """What ``read`` gives, or the error of the package it raises; any other is a fault."""
    try:
        return read(*arguments)
    except SophonReportError as error:
        return error


def _cut(whole_and_place):
    whole, place = whole_and_place
    return whole[: place % (len(whole) + 1)]


json_bodies = values.map(orjson.dumps) | tables.map(orjson.dumps)
broken_json = st.tuples(json_bodies, st.integers(0, 1000)).map(_cut)
odd_json = st.sampled_from(
    [
        b"NaN",
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 400 + b"}",
        b'{"a": "\\ud800"}',
        b'{"a": 1, "a": []}',
        b"[" * 2000,
        b'{"a":' * 1500 + b"1" + b"}" * 1500,
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
    ]
)
part_heads = st.sampled_from(
    [
        b'Content-Disposition: form-data; name="a"',
        b'content-disposition:form-data;name=b;filename="x"',
        b'Content-Disposition: form-data; name="',
        b"Content-Disposition: form-data",
        b"Content-Type: multipart/mixed; boundary=c",
        b"",
    ]
)
parts = st.tuples(part_heads, st.sampled_from([b"\r\n\r\n", b"\r\n", b"\n\n"]), st.binary(max_size=20))
multipart_bodies = st.tuples(
    st.lists(parts.map(b"".join), max_size=5), st.sampled_from([b"--b--", b"\r\n--b--\r\n", b"--b", b""])
).map(lambda pair: b"".join(b"--b\r\n" + part + b"\r\n" for part in pair[0]) + pair[1])
bodies = json_bodies | broken_json | odd_json | multipart_bodies | st.binary(max_size=200)
content_types = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=b",
        'multipart/form-data; boundary="b',
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "text/plain",
        "",
    ]
) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
