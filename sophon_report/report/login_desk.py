"""Logins as the running service takes them: limited, looked at in threads, told in log and audit.

At most ``AT_ONCE`` passwords are looked at at one time, since each takes memory and a core for a second;
``WAITING`` more wait, whoever comes on top of those is refused (``refused_full``). Neither names nor passwords are
told: people type passwords where names belong.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, TypeVar

import structlog

from sophon_report.api.login import TooManyTries, WrongPassword
from sophon_report.api.login_limits import LoginLimits
from sophon_report.api.refusals import Refusals
from sophon_report.api.sessions import Opened, Sessions
from sophon_report.errors import Unavailable
from sophon_report.ops.addresses import plain_address
from sophon_report.report.admin_account import AdminAccount, check_new

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
        account: asked in threads, so its store is a connection of its own.
        sessions: get what was opened.
        note: writes a line of the audit.
    """

    def __init__(self, account: AdminAccount, sessions: Sessions, note: Note) -> None:
        self._account, self._sessions, self._note = account, sessions, note
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
        generation = await self._try(peer, lambda: self._account.matches(username, password))
        if generation is None:
            raise self._wrong(peer)
        self._limits.was_right(peer)
        self._tell("logged in", peer)
        return self._sessions.open(username, generation)

    async def change_password(self, username: str, old: str, new: str, peer: str) -> None:
        """Have ``new`` count instead of ``old``."""
        check_new(new)  # before it counts as a try
        if not await self._try(peer, lambda: self._account.change(username, old, new)):
            raise self._wrong(peer)
        self._limits.was_right(peer)
        self._tell("password changed", peer)

    async def _try(self, peer: str, look: Callable[[], T]) -> T:
        if self._under_way >= AT_ONCE + WAITING:
            self.refused_full += 1
            raise Unavailable("too many logins at one time: try again")
        wait_s = self._limits.begin(peer, time.monotonic())
        if wait_s:
            self._tell_failure(peer)
            raise TooManyTries(wait_s)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, look)
        finally:
            self._under_way -= 1

    def _wrong(self, peer: str) -> WrongPassword:
        self._tell_failure(peer)
        return WrongPassword("the user name or the password is wrong")

    def _tell_failure(self, peer: str) -> None:
        self.failed += 1
        times = self._told.note(plain_address(peer), "login", time.monotonic())
        if times is not None:
            self._tell("login failed", peer, times)

    def _tell(self, action: str, peer: str, times: int = 1) -> None:
        log.info(action.replace(" ", "_"), peer=plain_address(peer), times=times)
        self._note(plain_address(peer) or COMMAND, action, f"{times} times" if times > 1 else "")
