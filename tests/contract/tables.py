"""A vendor's table of fields as data, and an event held against it."""

from typing import Any, Callable, NamedTuple, Tuple

from sophon_report.model import Content, DeviceType, Visit

ABSENT = object()


class Case(NamedTuple):
    """What an event is about, and what the destination wants of it."""

    visit: Visit
    content: Content


class Row(NamedTuple):
    """One line of a table. A dot in ``path`` leads into a dict."""

    path: str
    kinds: Tuple[type, ...]
    when: Callable[[Case], bool]
    """Whether the field is there; where this is false it must not be."""


def always(_case):
    return True


def matched(case):
    return case.visit.match.identity is not None


def switch(name):
    """There when that switch of the destination is on."""
    return lambda case: getattr(case.content, name)


def from_capture_camera(case):
    return case.visit.device.type is DeviceType.PHOTO and bool(case.visit.shot.camera_quality)


def every(*conditions):
    return lambda case: all(condition(case) for condition in conditions)


def row(path, kinds, when=always):
    return Row(path, kinds if isinstance(kinds, tuple) else (kinds,), when)


def value_at(event: Any, path: str) -> Any:
    """The value, or :data:`ABSENT`."""
    for key in path.split("."):
        if not isinstance(event, dict) or key not in event:
            return ABSENT
        event = event[key]
    return event


def order_of(table, case, top=""):
    """The keys of one level that the table wants, in its order."""
    depth = top.count(".") + 1 if top else 0
    rows = [each for each in table if each.path.startswith(f"{top}." if top else "") and each.when(case)]
    return [each.path.split(".")[depth] for each in rows if each.path.count(".") == depth]


def problems(table, event, case):
    """What of ``event`` is not as the table says, in words; empty when all is."""
    found = []
    for each in table:
        value = value_at(event, each.path)
        if (value is not ABSENT) != each.when(case):
            found.append(f"{each.path} is {'missing' if value is ABSENT else 'there'}")
        elif value is not ABSENT and type(value) not in each.kinds:
            found.append(f"{each.path} is {type(value).__name__}")
    return found
