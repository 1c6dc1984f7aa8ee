"""API tokens: shown once, looked up by their hash, bounded."""

import pytest

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Role
from sophon_report.store.database import Database
from sophon_report.store.tokens import MAX_TOKENS, TokenStore

NOW_MS = 1_760_000_030_123
MINUTE_MS = 1_760_000_040_000 - 60_000


@pytest.fixture
def store(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield TokenStore(database)
    database.close()


def test_a_token_is_found_and_no_other_text_is(store):
    """It has 256 random bits."""
    token = store.create("platform", NOW_MS)
    assert len(bytes.fromhex(token)) == 32
    assert store.find(token).name == "platform"
    for other in ("", token[:-1], token + " ", token.swapcase(), "platform", "\udc80", "x" * 10_000):
        assert store.find(other) is None


def test_a_token_has_the_role_it_was_made_with(store):
    """Every right unless less is said."""
    tokens = [store.create("platform", NOW_MS), store.create("board", NOW_MS, Role.VIEWER)]
    assert [store.find(token).role for token in tokens] == [Role.ADMIN, Role.VIEWER]
    assert [row.role for row in store.list()] == [Role.VIEWER, Role.ADMIN]


def test_the_file_does_not_hold_the_token(store, tmp_path):
    """Neither the database nor its log."""
    token = store.create("platform", NOW_MS).encode()
    assert not any(token in path.read_bytes() for path in tmp_path.iterdir())


def test_a_revoked_token_is_nothing_any_more(store):
    """Its name is free again; the new token is another one."""
    first = store.create("platform", NOW_MS)
    store.revoke("platform")
    assert store.find(first) is None
    assert store.create("platform", NOW_MS) != first
    with pytest.raises(NotFound, match="no token has the name other"):
        store.revoke("other")


def test_another_process_makes_and_revokes_tokens(store, tmp_path):
    """What it did counts at the next look."""
    beside = Database.open(tmp_path / "store.sqlite")
    token = TokenStore(beside).create("platform", NOW_MS)
    assert store.find(token) is not None
    TokenStore(beside).revoke("platform")
    assert store.find(token) is None
    beside.close()


def test_the_last_use_is_kept_to_the_minute(store):
    """Never used is ``None``; a use of a revoked one is nothing."""
    store.create("platform", NOW_MS)
    assert [(row.created_ms, row.used_ms) for row in store.list()] == [(NOW_MS, None)]
    store.mark_used("platform", NOW_MS)
    store.mark_used("gone", NOW_MS)
    assert [row.used_ms for row in store.list()] == [MINUTE_MS]


@pytest.mark.parametrize("name", ["", "x" * 65, "two words", "a/b", "name\n", "李"])
def test_a_name_that_is_none_is_refused(store, name):
    """It stands in commands and logs."""
    with pytest.raises(BadInput, match="the name of a token has"):
        store.create(name, NOW_MS)


def test_names_are_unique_and_tokens_bounded(store):
    """Both are told."""
    for number in range(MAX_TOKENS):
        store.create(f"t{number}", NOW_MS)
    with pytest.raises(BadInput, match="there is a token t1 already"):
        store.create("t1", NOW_MS)
    with pytest.raises(BadInput, match=f"there are {MAX_TOKENS} tokens already"):
        store.create("more", NOW_MS)
    assert len(store.list()) == MAX_TOKENS
