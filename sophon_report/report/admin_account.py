"""The account of whoever looks after the box: its first password, a new one, and whether one is right.

There is no default password. The first is made up at the first start, and so is each that ``password reset``
makes. Such a one stands in a file of the data folder that only its owner may read, until it is changed; the store
holds its hash alone.

The file is written before the store and removed after it: whatever the power does between the two, the password
that counts is in the file, or was told to a person, who chose it. At worst the file holds one that never counted.

All of this blocks, for the disk and for scrypt: it is called in threads, and by commands.
"""

import secrets
from pathlib import Path
from typing import Callable, Optional

from sophon_report.errors import BadInput
from sophon_report.ops import durable_file
from sophon_report.store.accounts import ADMIN, AccountStore
from sophon_report.store.password_hash import GENERATED, hashed

SHORTEST, LONGEST = 8, 128
"""Characters of a password that a person chose."""
GROUPS, GROUP_LETTERS = 4, 5
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another one: 4.9 bits each."""


class AdminAccount:
    """The account of one data folder.

    Args:
        store: keeps it.
        file: where a password that was made up stands.
        clock_ms: milliseconds since the epoch.
    """

    def __init__(self, store: AccountStore, file: Path, clock_ms: Callable[[], int]) -> None:
        self._store, self._file, self._clock_ms = store, file, clock_ms

    def make_sure(self) -> Optional[str]:
        """See to it that there is an account; returns its password when it was made now.

        Raises:
            StoreError: the disk refuses.
        """
        account = self._store.find()
        if account is None:
            return self.reset()
        if not account.generated:
            durable_file.remove(self._file)  # a power cut may have come between the change and this
        return None

    def reset(self) -> str:
        """Make a new password up and return it; every session ends. Raises as :meth:`make_sure`."""
        password = made_up()
        durable_file.write(self._file, password)
        self._store.put(hashed(password, GENERATED), generated=True, now_ms=self._clock_ms())
        return password

    def matches(self, name: str, password: str) -> Optional[int]:
        """The generation of the password when name and password are right, else ``None``.

        A wrong name takes as long as a wrong password. Raises as :meth:`make_sure`.
        """
        account = self._store.get()
        is_right = account.password.is_of(password)
        return account.generation if is_right and name == account.name else None

    def change(self, name: str, old: str, new: str) -> bool:
        """Have ``new`` count instead of ``old``; ``False`` when name or ``old`` is wrong. Every session ends.

        Raises:
            BadInput: ``new`` cannot be a password.
            StoreError: the disk refuses.
        """
        check_new(new)
        generation = self.matches(name, old)
        if generation is None:
            return False
        changed = self._store.put(hashed(new), generated=False, now_ms=self._clock_ms(), over=generation)
        if changed:
            durable_file.remove(self._file)
        return changed


def made_up() -> str:
    """A password that nobody can guess and a person can type: four groups of five letters and digits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))


def check_new(password: str) -> None:
    """Refuse what cannot be a password of a person's choice.

    Raises:
        BadInput: what is wrong with it, never the password.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"new_password must have {SHORTEST} to {LONGEST} characters")
    if password.lower() == ADMIN:
        raise BadInput("new_password must not be the user name")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise BadInput("new_password is no Unicode text") from None
