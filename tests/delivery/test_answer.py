"""What a receiver says, made fit for people: any bytes, any charset."""

from hypothesis import given
from hypothesis import strategies as st

from sophon_report.delivery.answer import MAX_TEXT, readable, secrets_of

CHARSETS = [
    "utf-8",
    "gbk",
    "utf-16",
    "idna",
    "punycode",
    "unicode_escape",
    "base64",
    "undefined",
    "",
    "\0",
    "no such",
]


@given(st.binary(max_size=4096), st.sampled_from(CHARSETS))
def test_any_answer_is_one_bounded_line_that_does_nothing_to_a_terminal(body, charset):
    """Whatever the receiver calls it."""
    text = readable(body, charset)
    assert text.isprintable()
    assert len(text) <= MAX_TEXT


@given(st.text("abc", min_size=6, max_size=20), st.text("abc ", max_size=50))
def test_a_secret_is_in_no_text(secret, around):
    """However the text around it looks."""
    secrets = secrets_of([("X-Key", f"Bearer {secret}")])
    assert secret not in readable(f"{around}{secret}{around}".encode(), secrets=secrets)


def test_the_longest_secret_goes_first():
    """Or the rest of it would stay."""
    secrets = secrets_of([("X-A", "geheim"), ("X-B", "geheim-noch-mehr"), ("X-C", "1")])
    assert readable(b"geheim-noch-mehr 1", secrets=secrets) == "*** 1"
