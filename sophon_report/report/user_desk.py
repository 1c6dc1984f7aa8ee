"""The users as an admin sees and changes them, beside the event loop; who was changed is logged out."""

from typing import Awaitable, Callable, List, Optional, Protocol, TypeVar

from sophon_report.api.sessions import Sessions
from sophon_report.api.v1.users import User
from sophon_report.model import Role
from sophon_report.report.user_accounts import UserAccounts
from sophon_report.store.accounts import Account

T = TypeVar("T")


class Threads(Protocol):
    """Where scrypt runs."""

    def do(self, work: Callable[[], T]) -> Awaitable[T]:
        """``work`` in one of them."""


class UserDesk:
    """The :class:`sophon_report.api.v1.users.UserService` of the service.

    Args:
        accounts: asked in threads.
        threads: those of the logins.
        sessions: of the users.
    """

    def __init__(self, accounts: UserAccounts, threads: Threads, sessions: Sessions) -> None:
        self._accounts, self._threads, self._sessions = accounts, threads, sessions

    async def users(self) -> List[User]:
        """All of them by name."""
        return [self._told(account) for account in await self._threads.do(self._accounts.list)]

    async def add_user(self, name: str, role: Role, password: Optional[str]) -> str:
        """Let one more log in; returns the password."""
        return await self._threads.do(lambda: self._accounts.add(name, role, password))

    async def user(self, name: str) -> User:
        """One of them."""
        return self._told(await self._threads.do(lambda: self._accounts.get(name)))

    async def set_role(self, name: str, role: Role) -> None:
        """Let ``name`` do what ``role`` may."""
        if (await self.user(name)).role is not role:
            await self._threads.do(lambda: self._accounts.set_role(name, role))
            self._sessions.end_of(name)

    async def give_password(self, name: str, password: Optional[str]) -> str:
        """Give ``name`` another password; returns it."""
        given = await self._threads.do(lambda: self._accounts.give(name, password))
        self._sessions.end_of(name)
        return given

    async def remove_user(self, name: str) -> None:
        """Let ``name`` log in no more."""
        await self._threads.do(lambda: self._accounts.remove(name))
        self._sessions.end_of(name)

    def _told(self, account: Account) -> User:
        return User(
            name=account.name,
            role=account.role,
            generated=account.generated,
            created_ms=account.created_ms,
            password_changed_ms=account.changed_ms,
            last_login_ms=account.last_login_ms,
            sessions=self._sessions.count_of(account.name),
        )
