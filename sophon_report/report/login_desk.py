"""Logins as the running service takes them: limited, looked at in threads, told in log and audit.

At most ``AT_ONCE`` passwords are looked at at one time, since each takes memory and a core for a second;
``WAITING`` more wait, whoever comes on top of those is refused (``refused_full``). Neither names nor passwords of
failed ones are told: people type passwords where names belong.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional, TypeVar

import structlog

from sophon_report.api.login import TooManyTries, WrongPassword
from sophon_report.api.login_limits import LoginLimits
from sophon_report.api.password_rules import check_new
from sophon_report.api.refusals import Refusals
from sophon_report.api.sessions import Opened, Sessions
from sophon_report.errors import Unavailable
from sophon_report.ops.addresses import plain_address
from sophon_report.report.user_accounts import UserAccounts
from sophon_report.store.accounts import Account, AccountStore

AT_ONCE = 2
WAITING = 8
COMMAND = "command"

T = TypeVar("T")
Note = Callable[[str, str, str], None]
"""Of the audit: actor, action, detail."""
log = structlog.get_logger()


class LoginDesk:
    """The :class:`sophon_report.api.login.LoginService` of the service.

    Args:
        accounts: asked in threads, so their store is a connection of its own.
        seen: the same accounts for short looks.
        sessions: get what was opened.
        note: writes a line of the audit.
    """

    def __init__(self, accounts: UserAccounts, seen: AccountStore, sessions: Sessions, note: Note) -> None:
        self._accounts, self._seen, self._sessions, self._note = accounts, seen, sessions, note
        self._limits, self._told = LoginLimits(), Refusals()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="scrypt")
        self._under_way = 0
        self.refused_full = self.failed = 0

    @property
    def addresses_forgotten(self) -> int:
        """Addresses whose tries are no longer remembered, for want of room."""
        return self._limits.forgotten

    async def stop(self) -> None:
        """Wait for what is being looked at."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)

    async def login(self, username: str, password: str, peer: str) -> Opened:
        """Open a session for who knows the password."""
        account = await self._try(peer, username, lambda: self._accounts.log_in(username, password))
        self._tell("logged in", peer, account.name)
        return self._sessions.open(account.name, account.role, account.generation)

    async def change_password(self, username: str, old: str, new: str, peer: str) -> None:
        """Have ``new`` count instead of ``old``."""
        await self._change(username, old, new, peer)

    async def renew(self, username: str, old: str, new: str, peer: str) -> Opened:
        """Have ``new`` count instead of ``old``, and open a session for who changed it."""
        account = await self._change(username, old, new, peer)
        return self._sessions.open(account.name, account.role, account.generation)

    def is_made_up(self, username: str) -> bool:
        """Whether the service made up the password that counts now."""
        account = self._seen.find(username)
        return account is not None and account.generated

    async def do(self, work: Callable[[], T]) -> T:
        """``work``, which takes as long as a login, in the threads of these.

        Raises:
            Unavailable: too many wait for one.
        """
        if self._under_way >= AT_ONCE + WAITING:
            self.refused_full += 1
            raise Unavailable("too many logins at one time: try again")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    async def _change(self, username: str, old: str, new: str, peer: str) -> Account:
        check_new(username, new)  # before it counts as a try
        account = await self._try(peer, username, lambda: self._accounts.change(username, old, new))
        self._sessions.end_of(username)
        self._tell("password changed", peer, account.name)
        return account

    async def _try(self, peer: str, username: str, look: Callable[[], Optional[Account]]) -> Account:
        if self._under_way >= AT_ONCE + WAITING:
            self.refused_full += 1
            raise Unavailable("too many logins at one time: try again")
        wait_s = self._limits.begin(peer, username, time.monotonic())
        if wait_s:
            self._tell_failure(peer)
            raise TooManyTries(wait_s)
        account = await self.do(look)
        if account is None:
            raise self._wrong(peer)
        self._limits.was_right(peer, username)
        return account

    def _wrong(self, peer: str) -> WrongPassword:
        self._tell_failure(peer)
        return WrongPassword("the user name or the password is wrong")

    def _tell_failure(self, peer: str) -> None:
        self.failed += 1
        times = self._told.note(plain_address(peer), "login", time.monotonic())
        if times is not None:
            self._tell("login failed", peer, times=times)

    def _tell(self, action: str, peer: str, user: str = "", times: int = 1) -> None:
        """``user``: who it was, when they are known to be."""
        log.info(action.replace(" ", "_"), peer=plain_address(peer), times=times)
        detail = f"{times} times" if times > 1 else f"as {user}" if user else ""
        self._note(plain_address(peer) or COMMAND, action, detail)
