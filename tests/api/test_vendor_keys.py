"""The table of the vendor's keys: what each makes of what comes."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.api.vendor_keys import KEYS, Kind, find, read

SETTABLE = [key for key in KEYS.values() if not key.read_only]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["true", "1", "82.0", "all", "http://a/,http://b/", "[1]", '{"a": [1]}', "["]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(SETTABLE), JSON)
def test_whatever_comes_is_read_or_refused_in_words(key, value):
    """No other error comes; what is read can be told as JSON, and set back as it was told it is the same."""
    try:
        found = read(key, value)
    except ValueError:
        return
    assert read(key, orjson.loads(orjson.dumps(found))) == found


@pytest.mark.parametrize("key", SETTABLE, ids=lambda key: key.name)
def test_a_default_is_a_value_that_may_be_set(key):
    """Else a client could not take a change back."""
    assert read(key, key.default) == (() if key.kind is Kind.URLS else key.default)


def test_a_table_too_deep_to_be_told_again_is_refused():
    """Else every later answer with it would fail."""
    deep = {}
    for _ in range(300):
        deep = {"a": deep}
    with pytest.raises(ValueError, match="must be an object"):
        read(KEYS["MQ_EXCHANGE_ARGUMENTS"], deep)


def test_every_name_means_one_key():
    """Of all generations and spellings."""
    names = [name for key in KEYS.values() for name in {key.name, key.old_name, *key.also}]
    assert len(names) == len(set(names))
    assert {find(name).name for name in names} == set(KEYS)
