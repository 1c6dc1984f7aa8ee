"""The accounts of the people who log in: the first one's password, new ones, and whether one is right.

There is no default password. That of the first account, ``admin``, is made up at the first start, and so is each
that ``password reset`` makes. Such a one stands in a file of the data folder that only its owner may read, until
it is changed; the store holds its hash alone. What an admin has made up for somebody else is told to that admin
and is in no file.

The file is written before the store and removed after it: whatever the power does between the two, the password
that counts is in the file, or was told to a person, who chose it. At worst the file holds one that never counted.

Nobody learns who has an account: a name that nobody has takes as long as a wrong password. Only the made-up
password of ``admin`` is quick to try, and everybody knows that there is one.

All of this blocks, for the disk and for scrypt: it is called in threads, and by commands.
"""

import secrets
from pathlib import Path
from typing import Callable, List, Optional

from sophon_report.api.password_rules import check_new
from sophon_report.errors import NotFound
from sophon_report.model import Role
from sophon_report.ops import durable_file
from sophon_report.store.accounts import ADMIN, Account, AccountStore
from sophon_report.store.password_hash import CHOSEN, GENERATED, HASH_BYTES, SALT_BYTES, PasswordHash, hashed

GROUPS, GROUP_LETTERS = 4, 5
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another one: 4.9 bits each."""
_NOBODYS = PasswordHash(secrets.token_bytes(SALT_BYTES), secrets.token_bytes(HASH_BYTES), CHOSEN)
"""What a password is tried on for a name that nobody has."""


class UserAccounts:
    """The accounts of one data folder.

    Args:
        store: keeps them.
        file: where a password that was made up for a name stands.
        clock_ms: milliseconds since the epoch.
    """

    def __init__(self, store: AccountStore, file: Callable[[str], Path], clock_ms: Callable[[], int]) -> None:
        self._store, self._file, self._clock_ms = store, file, clock_ms

    def make_sure(self) -> Optional[str]:
        """See to it that somebody may log in; returns the password of ``admin`` when it was made now.

        Raises:
            StoreError: the disk refuses.
        """
        accounts = self._store.list()
        if not accounts:
            return self.reset(ADMIN)
        for account in accounts:
            if not account.generated:
                durable_file.remove(self._file(account.name))  # a power cut may have come in between
        return None

    def reset(self, name: str) -> str:
        """Make a new password up for ``name``, put it into its file and return it; their sessions end.

        ``admin`` is made anew when there is none: whoever may do this has the box.

        Raises:
            NotFound: nobody has the name.
            StoreError: the disk refuses.
        """
        is_new = self._store.find(name) is None
        if is_new and name != ADMIN:
            raise NotFound(f"no user has the name {name}")
        password = made_up()
        durable_file.write(self._file(name), password)
        if is_new:
            self._store.add(name, Role.ADMIN, _hash(name, password, generated=True), True, self._clock_ms())
        else:
            self._put(name, password, generated=True)
        return password

    def matches(self, name: str, password: str) -> Optional[Account]:
        """The account when name and password are right, else ``None``; raises as :meth:`make_sure`."""
        account = self._store.find(name)
        kept = _NOBODYS if account is None else account.password
        return account if kept.is_of(password) else None

    def log_in(self, name: str, password: str) -> Optional[Account]:
        """As :meth:`matches`, and noted as a login."""
        account = self.matches(name, password)
        if account is not None:
            self._store.mark_login(name, self._clock_ms())
        return account

    def change(self, name: str, old: str, new: str) -> Optional[Account]:
        """Have ``new`` count instead of ``old``; every session of the account ends.

        Returns:
            The account as it is then; ``None``: name or ``old`` is wrong.

        Raises:
            BadInput: ``new`` cannot be a password.
            StoreError: the disk refuses.
        """
        check_new(name, new)
        account = self.matches(name, old)
        if account is None or not self._put(name, new, generated=False, over=account.generation):
            return None
        durable_file.remove(self._file(name))
        return self._store.find(name)

    def list(self) -> List[Account]:
        """All accounts by name; raises as :meth:`make_sure`."""
        return self._store.list()

    def get(self, name: str) -> Account:
        """The account of that name.

        Raises:
            NotFound: nobody has it.
            StoreError: the disk refuses.
        """
        account = self._store.find(name)
        if account is None:
            raise NotFound(f"no user has the name {name}")
        return account

    def add(self, name: str, role: Role, password: Optional[str]) -> str:
        """Let one more person log in, with a password that is made up when none is given; returns it.

        Raises:
            BadInput: name or password cannot be one.
            NameTaken, Full, StoreError: as the store says.
        """
        chosen = self._chosen(name, password)
        generated = password is None
        self._store.add(name, role, _hash(name, chosen, generated), generated, self._clock_ms())
        return chosen

    def give(self, name: str, password: Optional[str]) -> str:
        """Give ``name`` another password, as :meth:`add`; their sessions end.

        Raises:
            BadInput: it cannot be a password.
            NotFound: nobody has the name.
            StoreError: the disk refuses.
        """
        chosen = self._chosen(name, password)
        self._put(name, chosen, generated=password is None)
        durable_file.remove(self._file(name))
        return chosen

    def set_role(self, name: str, role: Role) -> None:
        """Let ``name`` do what ``role`` may; raises as the store does."""
        self._store.set_role(name, role)

    def remove(self, name: str) -> None:
        """Let ``name`` log in no more; raises as the store does."""
        self._store.remove(name)
        durable_file.remove(self._file(name))

    def _chosen(self, name: str, password: Optional[str]) -> str:
        if password is None:
            return made_up()
        check_new(name, password)
        return password

    def _put(self, name: str, password: str, generated: bool, over: Optional[int] = None) -> bool:
        kept = _hash(name, password, generated)
        return self._store.set_password(name, kept, generated, self._clock_ms(), over)


def _hash(name: str, password: str, generated: bool) -> PasswordHash:
    return hashed(password, GENERATED if generated and name == ADMIN else CHOSEN)


def made_up() -> str:
    """A password that nobody can guess and a person can type: four groups of five letters and digits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))
