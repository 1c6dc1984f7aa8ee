"""Which past events a caller asks for, read from the arguments of both generations.

What was not given lets all pass; so does an empty list, an empty text, and nothing at all, as everywhere in the
vendor's interfaces. Times are read by their size (:mod:`sophon_report.wire.event_times`), both ends count. Scores
are from 0 to 100 in both generations, as both tell them. ``user_type`` is one word or a list, in capitals or not;
``car`` is a word of the vendor's that matches nothing here.

The older call has its lists as ``a,b`` in the query; its user types are the words or the numbers of
``person_type``. It knows one group of people, ``default_group``; a filter by the ``room`` of a person is refused,
since an event does not keep it and an answer that left it out would be a wrong one.
"""

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from sophon_report.api.arguments import MAX_TEXT, Arguments, bad
from sophon_report.model import UserType
from sophon_report.store.event_index import EventQuery
from sophon_report.wire.event_times import LAST_MS, read_ms
from sophon_report.wire.names import DEFAULT_GROUP, USER_TYPES

MOST = 1000
"""Items of a list."""
CAR = "car"
_WORDS = (*(kind.value for kind in UserType), CAR)
_OLD_WORDS = {str(number): word for number, word in USER_TYPES.items()}


@dataclass(frozen=True)
class Wanted:
    """A question, or one that nothing can answer."""

    query: EventQuery
    nothing: bool = False


def filters_of(given: Arguments) -> Wanted:
    """The ``filters`` of API 2.0.

    Raises:
        Refusal: which of them is wrong, and why.
    """
    types, nothing = _types(texts_of(given, "user_type"), "user_type")
    return _wanted(given, "identity_name", types, given.texts("media_device_ids", [], most=MOST), nothing)


def old_filters_of(given: Arguments) -> Wanted:
    """Those of the older query; raises as :func:`filters_of`."""
    if given.text("room", ""):
        raise bad("room", "is not kept with events: leave it out")
    groups = texts_of(given, "groups")
    types, nothing = _types(texts_of(given, "userType"), "userType")
    nothing = nothing or (bool(groups) and DEFAULT_GROUP not in groups)
    return _wanted(given, "name", types, texts_of(given, "streams"), nothing)


def time_of(given: Arguments, name: str) -> Optional[int]:
    """A time in milliseconds, ``None`` when it was not given."""
    if name not in given:
        return None
    return read_ms(given.number(name, low=0, high=LAST_MS))


def texts_of(given: Arguments, name: str) -> List[str]:
    """A list of texts, one text, or some with commas between them; empty when it was not given."""
    value = given.raw(name)
    if value is None or value == "":
        return []
    if isinstance(value, str) and not value.lstrip().startswith("["):
        found = [item.strip() for item in value.split(",", MOST) if item.strip()]
        if len(found) > MOST or any(len(item) > MAX_TEXT for item in found):
            raise bad(name, f"must not have more than {MOST} items, of at most {MAX_TEXT} characters each")
        return found
    return given.texts(name, most=MOST)


def _wanted(
    given: Arguments, name: str, types: Tuple[UserType, ...], device_ids: Sequence[str], nothing: bool
) -> Wanted:
    query = EventQuery(
        from_ms=time_of(given, "datetime_gte"),
        to_ms=time_of(given, "datetime_lte"),
        name_part=given.text(name, ""),
        identity_id=given.text("identity_id", ""),
        score_min=_score(given, "score_min"),
        score_max=_score(given, "score_max"),
        user_types=types,
        device_ids=tuple(device_ids),
        newest_first=True,
    )
    return Wanted(query, nothing)


def _score(given: Arguments, name: str) -> Optional[float]:
    return given.number(name, low=0, high=100) if name in given else None


def _types(words: Sequence[str], name: str) -> Tuple[Tuple[UserType, ...], bool]:
    """The types asked for, and whether only such are that nobody here is of."""
    known = [_OLD_WORDS.get(word, word.lower()) for word in words]
    if not {*known} <= {*_WORDS}:
        raise bad(name, "must be one of " + ", ".join(_WORDS) + ", or a list of them")
    types = tuple(dict.fromkeys(UserType(word) for word in known if word != CAR))
    return types, bool(known) and not types
