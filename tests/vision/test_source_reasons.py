"""The words for why a camera gives no pictures: the page has a text for each, so none may be missing."""

import ast
from pathlib import Path

from sophon_report import vision
from sophon_report.errors import SOURCE_REASONS, SourceError

KINDS = {"SourceError", "Denied", "DecoderHung"}


def raised():
    """Every error of a source that the code makes, with its file."""
    for path in Path(vision.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                yield path.name, node


def test_each_trouble_of_a_source_is_told_by_a_word_of_the_list():
    """Whoever raises one more gives it a word, and the list knows it."""
    told = set()
    for name, call in raised():
        assert len(call.args) == 2 or isinstance(call.args[0], ast.Starred), (name, call.lineno)
        told.update(each.value for each in call.args[1:] if isinstance(each, ast.Constant))
    assert {"unreachable", "password_wrong", "file_empty", "codec"} <= told <= set(SOURCE_REASONS)


def test_a_trouble_without_a_word_is_a_fault():
    """So that a page never shows nothing."""
    assert SourceError("cannot be read").code in SOURCE_REASONS
