"""The bytes of a segment: what is written is read, and what is damaged is left out, and only that."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sophon_report.delivery.journal.segment import (
    HEADER_BYTES,
    Damage,
    Entry,
    Found,
    SegmentHeader,
    body_of,
    buffered,
    decode_header,
    encode_header,
    encode_record,
    event_key,
    is_numeric,
    salvage_mark,
    scan,
)

MARK = b"\x8a\x01\xfe\x77"
entries = st.builds(
    Entry,
    kind=st.integers(0, 255),
    seq=st.integers(0, 2**64 - 1),
    event_key=st.integers(0, 2**64 - 1),
    time_ms=st.integers(-(2**63), 2**63 - 1),
    body=(st.binary(max_size=200) | st.just(MARK * 20)).map(lambda body: (body,)),
)


def written(records):
    return b"".join(buffer for entry in records for buffer in encode_record(MARK, entry))


def reading(data):
    return lambda offset, size: data[offset : offset + size]


def found_in(data, start=0, check_bodies=True):
    read_at = reading(data)
    items = list(scan(read_at, MARK, start, len(data), check_bodies=check_bodies))
    return [as_entry(read_at, item) for item in items if isinstance(item, Found)]


def as_entry(read_at, item):
    head = item.head
    return Entry(head.kind, head.seq, head.event_key, head.time_ms, (body_of(read_at, item),))


@given(
    st.integers(0, 2**64 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)
def test_a_header_is_read_as_it_was_written(first_seq, created_ms, prev_first, prev_last):
    """Header out is header in."""
    header = SegmentHeader(MARK, first_seq, created_ms, prev_first, prev_last)
    assert decode_header(encode_header(header)) == header
    assert len(encode_header(header)) == HEADER_BYTES


@given(st.integers(0, HEADER_BYTES * 8 - 1))
def test_a_header_with_any_bit_flipped_is_none(bit):
    """The checksum covers the whole header."""
    data = bytearray(encode_header(SegmentHeader(MARK, 7, 8, 9, 10)))
    data[bit // 8] ^= 1 << bit % 8
    assert decode_header(bytes(data)) is None


@given(st.lists(entries, max_size=8))
def test_records_are_read_as_they_were_written(records):
    """Records out are records in, also with the mark inside their bodies."""
    assert found_in(written(records)) == records


@given(st.lists(entries, min_size=1, max_size=5), st.data())
def test_a_flipped_byte_costs_the_record_it_is_in_and_no_other(records, data):
    """Resynchronisation finds the very next record."""
    raw = bytearray(written(records))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    ends = [len(written(records[: index + 1])) for index in range(len(records))]
    hit = next(index for index, end in enumerate(ends) if place < end)
    assert found_in(bytes(raw)) == records[:hit] + records[hit + 1 :]


@given(st.lists(entries, min_size=1, max_size=5), st.data())
def test_a_cut_costs_what_is_behind_it(records, data):
    """A torn tail is damage; the records before it are all there."""
    raw = written(records)
    cut = data.draw(st.integers(0, len(raw)))
    whole = [index + 1 for index in range(len(records)) if len(written(records[: index + 1])) <= cut]
    assert found_in(raw[:cut]) == records[: max(whole, default=0)]


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_noise_is_damage_from_one_end_to_the_other(noise):
    """Whatever bytes come, the scan covers them all and ends."""
    assert list(scan(reading(noise), MARK, 0, len(noise), check_bodies=True)) == (
        [Damage(0, len(noise))] if noise else []
    )


def test_a_picture_cannot_pretend_to_be_a_record():
    """Without the mark, the bytes of a whole record inside a damaged one are found by nobody."""
    forged = b"".join(encode_record(b"\0\0\0\0", Entry(3, 5, 5, 5, (b"forged",))))
    raw = bytearray(written([Entry(3, 1, 1, 1, (forged,)), Entry(3, 2, 2, 2, (b"x",))]))
    raw[5] ^= 1
    assert [entry.seq for entry in found_in(bytes(raw))] == [2]


def test_heads_are_walked_without_their_bodies():
    """A damaged body is not noticed by who does not read it."""
    raw = bytearray(written([Entry(3, 1, 1, 1, (b"abc",)), Entry(3, 2, 2, 2, (b"x",))]))
    raw[49] ^= 1
    found = list(scan(reading(bytes(raw)), MARK, 0, len(raw), check_bodies=False))
    assert [item.head.seq for item in found] == [1, 2]
    assert [body_of(reading(bytes(raw)), item) for item in found] == [None, b"x"]


def test_a_broken_header_leaves_the_mark_in_the_first_record():
    """A segment without its header is still read."""
    raw = bytes(HEADER_BYTES) + written([Entry(3, 1, 1, 1, (b"abc",))])
    assert salvage_mark(raw) == MARK
    assert salvage_mark(raw[:-3]) == MARK
    assert salvage_mark(bytes(200)) is None


@given(st.binary(max_size=100), st.lists(st.tuples(st.integers(0, 120), st.integers(0, 50)), max_size=10))
def test_buffered_reading_gives_the_same_bytes(data, wishes):
    """The block in memory changes nothing but the number of reads."""
    read_at = buffered(reading(data), 16)
    assert all(read_at(offset, size) == data[offset : offset + size] for offset, size in wishes)


def test_an_event_id_of_ours_is_its_own_key():
    """Sixteen digits are the number, everything else is hashed out of their way."""
    assert event_key("1760000000123456") == 1760000000123456
    assert is_numeric(event_key("1760000000123456"))
    assert not is_numeric(event_key("camera 1 event 2"))
    assert event_key("a") != event_key("b")
