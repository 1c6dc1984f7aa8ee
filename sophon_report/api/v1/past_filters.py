"""Which past events: the parameters that lists, time lines, searches and exports have in common."""

import re
from dataclasses import replace
from typing import Any, Optional, Tuple

from pydantic import Field, field_validator
from typing_extensions import Annotated

from sophon_report.api.errors import Refusal, WrongField
from sophon_report.api.v1.shapes import Query
from sophon_report.model import UserType
from sophon_report.store.event_index import EventQuery, Looks, Place

TYPES = "|".join(kind.value for kind in UserType)
LATEST_MS = 1 << 52
MOST = 100
"""Devices, groups or types of one question."""
KNOWN = tuple(kind for kind in UserType if kind is not UserType.STRANGER)
_PLACE = re.compile(r"(-?[0-9]{1,16})\.([0-9]{1,19})", re.ASCII)

Several = Annotated[Tuple[Annotated[str, Field(max_length=128)], ...], Field(max_length=MOST, strict=False)]
Types = Annotated[Tuple[Annotated[str, Field(pattern=f"^({TYPES})$")], ...], Field(max_length=MOST, strict=False)]


class EventFilters(Query):
    """Which events; what is left out lets all pass. What may be there several times is given once for each."""

    from_ms: Optional[int] = Field(None, ge=0, le=LATEST_MS)
    to_ms: Optional[int] = Field(None, ge=0, le=LATEST_MS)
    """Itself included."""
    name: str = Field("", max_length=256)
    """A part of the name."""
    identity_id: str = Field("", max_length=128)
    device_id: Several = ()
    """Once for each device."""
    permission_id: Several = ()
    """Once for each permission group that the device accepted then."""
    user_type: Types = ()
    """Once for each kind of person."""
    known: Optional[bool] = None
    """``true``: only people who are registered; ``false``: only strangers."""
    min_score: Optional[float] = Field(None, ge=0, le=100)
    max_score: Optional[float] = Field(None, ge=0, le=100)
    gender: Optional[str] = Field(None, pattern="^(male|female)$")
    """Here and below: events from before looks were asked by are found after the index was read anew."""
    glasses: Optional[bool] = None
    mask: Optional[bool] = None
    hat: Optional[bool] = None
    min_age: Optional[int] = Field(None, ge=0, le=150)
    max_age: Optional[int] = Field(None, ge=0, le=150)

    @field_validator("device_id", "permission_id", "user_type", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        """One alone comes as a text; an empty one is none."""
        values = (value,) if isinstance(value, str) else value
        return tuple(each for each in values if each != "") if isinstance(values, (list, tuple)) else values

    def query(self, newest_first: bool = True) -> EventQuery:
        """As the index is asked."""
        return EventQuery(
            from_ms=self.from_ms,
            to_ms=self.to_ms,
            name_part=self.name,
            identity_id=self.identity_id,
            score_min=self.min_score,
            score_max=self.max_score,
            user_types=self._types(),
            device_ids=self.device_id,
            newest_first=newest_first,
            permission_ids=self.permission_id,
            looks=Looks(self.gender, self.glasses, self.mask, self.hat, self.min_age, self.max_age),
        )

    def _types(self) -> Tuple[UserType, ...]:
        types = tuple(UserType(each) for each in self.user_type)
        if self.known is None:
            return types
        wanted = KNOWN if self.known else (UserType.STRANGER,)
        both = tuple(each for each in types if each in wanted)
        if types and not both:
            raise wrong("known", "leaves none of the kinds of people in user_type")
        return both or wanted


class EventsQuery(EventFilters):
    """Which events, and which part of them."""

    limit: int = Field(100, ge=1, le=500)
    """How many at most."""
    offset: int = Field(0, ge=0, le=1 << 31)
    """How many of the first to leave out; slow far inside: there ``before`` and ``after`` are better."""
    before: str = Field("", max_length=40)
    """``older`` of another page: the events just older than those."""
    after: str = Field("", max_length=40)
    """``newer`` of another page: the events just newer than those."""
    counted: Optional[bool] = None
    """Whether ``total`` is told; left out: unless ``before`` or ``after`` is given."""
    oldest_first: bool = False


class HistogramQuery(EventFilters):
    """Which events, and into how many pieces of time they are counted."""

    buckets: int = Field(100, ge=1, le=200)


def place_of(text: str, parameter: str) -> Optional[Place]:
    """The place that a cursor names; ``""`` is none.

    Raises:
        Refusal: it is no cursor of a page.
    """
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None or int(found[2]) >= 1 << 63:
        raise wrong(parameter, "is no cursor of a page")
    return Place(int(found[1]), int(found[2]))


def cursor_of(place: Place) -> str:
    """What a client gives back to go on from there."""
    return f"{place.at_ms}.{place.number}"


def edges_of(query: EventQuery, buckets: int, oldest_ms: int, newest_ms: int) -> Tuple[int, ...]:
    """The times between which is counted: of the question, and where it has none of what there is."""
    from_ms = oldest_ms if query.from_ms is None else query.from_ms
    end_ms = (newest_ms if query.to_ms is None else query.to_ms) + 1
    end_ms = max(end_ms, from_ms + 1)
    pieces = min(buckets, end_ms - from_ms)
    return tuple(from_ms + (end_ms - from_ms) * at // pieces for at in range(pieces + 1))


def all_times(query: EventQuery) -> EventQuery:
    """The question without its times."""
    return replace(query, from_ms=None, to_ms=None)


def wrong(parameter: str, problem: str) -> Refusal:
    """The refusal of a parameter."""
    return Refusal("INVALID_ARGUMENTS", f"{parameter} {problem}", [WrongField(problem, parameter=parameter)])
