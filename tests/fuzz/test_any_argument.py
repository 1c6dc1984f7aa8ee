"""Every reader of arguments, on anything: it gives a value of its type within its bounds, or a refusal."""

import math

import orjson
from fuzz_values import bodies, outcome, values
from hypothesis import strategies as st

from sophon_report.api.arguments import MAX_TEXT, Arguments
from sophon_report.api.errors import CODES, Refusal

READERS = {
    "text": lambda arguments: arguments.text("a"),
    "word": lambda arguments: arguments.text("a", words=("x", "")),
    "long_text": lambda arguments: arguments.long_text("a"),
    "flag": lambda arguments: arguments.flag("a"),
    "whole": lambda arguments: arguments.whole("a", low=-5, high=2**53),
    "number": lambda arguments: arguments.number("a", low=-1e9, high=1e9),
    "items": lambda arguments: arguments.items("a", most=3),
    "texts": lambda arguments: arguments.texts("a", most=3),
    "table": lambda arguments: arguments.table("a"),
    "tables": lambda arguments: arguments.tables("a", most=3),
}


def is_right(name, value):
    """Whether ``value`` is what the reader ``name`` promises."""
    if name in ("text", "word", "long_text"):
        return isinstance(value, str) and (name == "long_text" or len(value) <= MAX_TEXT)
    if name == "flag":
        return isinstance(value, bool)
    if name == "whole":
        return isinstance(value, int) and not isinstance(value, bool) and -5 <= value <= 2**53
    if name == "number":
        return isinstance(value, float) and math.isfinite(value) and abs(value) <= 1e9
    if name == "table":
        return isinstance(value, dict)
    inner = {"texts": str, "tables": Arguments, "items": object}[name]
    return isinstance(value, list) and len(value) <= 3 and all(isinstance(item, inner) for item in value)


def check(arguments):
    for name, read in READERS.items():
        value = outcome(read, arguments)
        assert value.code in CODES if isinstance(value, Refusal) else is_right(name, value), name


def test_a_reader_gives_what_it_promises_or_refuses(hunt):
    """Strict and lenient."""
    hunt(lambda value, lenient: check(Arguments({"a": value}, lenient=lenient)), values, st.booleans())


def test_a_body_is_arguments_or_is_refused(hunt):
    """No exception of the JSON reader comes through."""

    def rule(body):
        arguments = outcome(Arguments.of_json, body)
        if isinstance(arguments, Refusal):
            assert arguments.code == "INVALID_REQUEST_JSON"
            return
        orjson.dumps({name: arguments.raw(name) for name in arguments.names()})
        check(arguments)

    hunt(rule, bodies)
