"""The registry of layouts, and what is made of a layout's fields."""

import orjson
import pytest
from samples import visit

from sophon_report.errors import LayoutError, NotFound
from sophon_report.model import Recognition, Visit
from sophon_report.wire.layouts import LAYOUTS, Layout, body, find, names
from sophon_report.wire.receive import parse_events
from sophon_report.wire.telling import Telling


def test_the_vendors_four_are_known():
    """Three of history, one of realtime."""
    assert {name: layout.tells for name, layout in LAYOUTS.items()} == {
        "g2": Visit,
        "g1": Visit,
        "g0": Visit,
        "se3": Recognition,
    }
    assert set(LAYOUTS) <= set(names())


def test_an_unknown_name_is_answered_with_those_there_are():
    """So that a typing error is seen."""
    with pytest.raises(NotFound, match="no layout named g3; there are g2, g1, g0, se3"):
        find("g3")


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("content_type", ["json", "form-data"])
def test_a_repeat_is_the_same_request(name, content_type):
    """The same bytes under the same header, whenever it is made."""
    layout = LAYOUTS[name]
    first, again = (body(layout, visit(), Telling(), content_type) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", ["g2", "g1", "g0"])
def test_both_content_types_tell_the_same(name):
    """Of a form numbers are texts."""
    told = {
        kind: parse_events(*body(LAYOUTS[name], visit(), Telling(), kind))[0] for kind in ("json", "form-data")
    }
    texts = {
        key: orjson.dumps(value).decode() for key, value in told["json"].items() if type(value) in (int, float)
    }
    assert told["form-data"] == {**told["json"], **texts}


@pytest.mark.parametrize("content_type", ["json", "form-data"])
@pytest.mark.parametrize("told", [{"picture": b"\xff"}, {"name": "\ud800"}, None, "text", {1: 2}], ids=repr)
def test_what_cannot_be_told_is_a_layout_error(told, content_type):
    """Whatever a package gives."""
    with pytest.raises(LayoutError, match="layout own cannot tell the event"):
        body(Layout("own", Visit, lambda *_: told), visit(), Telling(), content_type)


def test_the_error_of_a_layout_holds_nothing_of_the_event():
    """A package's error may have a name or a picture in its text; ours has its kind and its place."""

    def fields(event, _telling):
        raise KeyError(event.match.identity.name)

    with pytest.raises(LayoutError) as raised:
        body(Layout("own", Visit, fields), visit(), Telling(), "json")
    line = fields.__code__.co_firstlineno + 1
    assert str(raised.value) == f"layout own cannot tell the event: KeyError in test_layouts.py, line {line}"
