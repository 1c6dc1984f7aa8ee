"""One in 64 tokens began with a dash, and ``--token -x...`` was refused as an option without its value."""

import string

from sophon_report.api.sessions import Sessions
from sophon_report.config import Access
from sophon_report.model import Role
from sophon_report.store.database import Database
from sophon_report.store.tokens import MAX_TOKENS, TokenStore


def test_a_token_has_only_letters_and_digits(tmp_path):
    """However many are made."""
    database = Database.open(tmp_path / "store.sqlite")
    try:
        store = TokenStore(database)
        tokens = [store.create(f"program-{number}", number) for number in range(MAX_TOKENS)]
    finally:
        database.close()
    sessions = Sessions(Access, lambda _user: 1, lambda: 0.0)
    tokens += [sessions.open("admin", Role.ADMIN, 1).token for _ in range(MAX_TOKENS)]
    assert set("".join(tokens)) <= set(string.hexdigits)
