"""Logging in and changing the password, by the vendor's calls (vendor, firmware V5R7C01 to V6R2C01).

The vendor's box answers ``{"result": true}`` and asks nobody for anything after that. Here a right password opens
a session, told beside the documented keys: later calls show its token as ``Authorization: Bearer``. The vendor
says that ``false`` is a login that failed, and that any HTTP status but 200 is, with the error ``PASSWORD_ERROR``.
A client of either reading understands ::

    HTTP 401   {"result": false, "error": {"code": "PASSWORD_ERROR", "message": "..."}}

Too many tries get the same with HTTP 429 and ``Retry-After``. The answer to a user name that nobody has is that to
a wrong password, and takes as long.
"""

import math
from typing import Any, Callable, Dict, List, Mapping, Protocol

from aiohttp import web

from sophon_report.api.call import Call, Incoming, Need, shape_of
from sophon_report.api.errors import Refusal, error_body
from sophon_report.api.sessions import Opened
from sophon_report.errors import SophonReportError

LOGIN, CHANGE = "/sophon/v2/face/login", "/sophon/v2/face/changepassword"
SYSTEM_LOGIN, SYSTEM_CHANGE = "/sophon/v2/system/login", "/sophon/v2/system/updatepassword"
OLD_LOGIN, OLD_CHANGE = "/SophonConfig/api/login", "/SophonConfig/api/password"
OLD_SYSTEM_CHANGE = "/SophonSystem/api/password"


class WrongPassword(SophonReportError):  # noqa: N818 - what the desk answers, not a fault
    """Name or password is wrong."""


class TooManyTries(WrongPassword):
    """No try is looked at for a while.

    Attributes:
        wait_s: how long.
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = math.ceil(wait_s)
        super().__init__(f"too many wrong passwords: the next one is looked at in {self.wait_s} s")


class LoginService(Protocol):
    """Whoever knows whether a password is right."""

    async def login(self, username: str, password: str, peer: str) -> Opened:
        """Open a session.

        Raises:
            WrongPassword: and nothing more is said.
            TooManyTries: this one was not looked at.
            Unavailable: too many are being looked at, or the store cannot be read.
        """

    async def change_password(self, username: str, old: str, new: str, peer: str) -> None:
        """Have ``new`` count instead of ``old``; every session of the user ends.

        Raises:
            BadInput: ``new`` cannot be a password.
            WrongPassword, TooManyTries, Unavailable: as :meth:`login`; the old one counts.
        """

    async def renew(self, username: str, old: str, new: str, peer: str) -> Opened:
        """As :meth:`change_password`, and open a session for who changed it."""

    def is_made_up(self, username: str) -> bool:
        """Whether the service made up the password that counts now."""


Form = Callable[[bool, Mapping[str, Any]], Dict[str, Any]]
"""Whether it went well, and what else is told: the body of the answer."""


class LoginCalls:
    """The calls of both ports."""

    def __init__(self, logins: LoginService) -> None:
        self._logins = logins

    def calls(self) -> List[Call]:
        """Those of the API port."""
        return [self._login_at(LOGIN, _face), self._change_at(CHANGE, _face)]

    def system_calls(self) -> List[Call]:
        """Those of the system port: firmware V6's and the older ones."""
        return [
            self._login_at(SYSTEM_LOGIN, _system),
            self._change_at(SYSTEM_CHANGE, _system),
            self._login_at(OLD_LOGIN, _old),
            self._change_at(OLD_CHANGE, _old),
            self._change_at(OLD_SYSTEM_CHANGE, _old),
        ]

    def _login_at(self, path: str, form: Form) -> Call:
        async def login(incoming: Incoming) -> Any:
            given = incoming.arguments
            given.needed("username", "password")
            try:
                opened = await self._logins.login(given.text("username"), given.text("password"), incoming.peer)
            except WrongPassword as wrong:
                return _refused(wrong, path, form)
            return form(True, {"session": opened.token, "expires_in_s": opened.expires_in_s})

        return Call("POST", path, Need.ANYONE, login)

    def _change_at(self, path: str, form: Form) -> Call:
        async def change(incoming: Incoming) -> Any:
            given = incoming.arguments
            given.needed("username", "old_password", "new_password")
            username, old, new = (given.text(name) for name in ("username", "old_password", "new_password"))
            try:
                await self._logins.change_password(username, old, new, incoming.peer)
            except WrongPassword as wrong:
                return _refused(wrong, path, form)
            return form(True, {})

        return Call("POST", path, Need.ANYONE, change)


def _face(success: bool, more: Mapping[str, Any]) -> Dict[str, Any]:
    return {"result": success, **more}


def _system(success: bool, more: Mapping[str, Any]) -> Dict[str, Any]:
    """One page of the vendor's has ``result``, another one ``data.success``."""
    return {"result": success, "data": {"success": success}, **more}


def _old(success: bool, more: Mapping[str, Any]) -> Dict[str, Any]:
    return {"data": {"success": success, **more}}


def _refused(wrong: WrongPassword, path: str, form: Form) -> web.Response:
    too_many = isinstance(wrong, TooManyTries)
    refusal = Refusal("TOO_MANY_TRIES" if too_many else "PASSWORD_ERROR", str(wrong))
    headers = {"Retry-After": str(wrong.wait_s)} if isinstance(wrong, TooManyTries) else {}
    body = {**form(False, {}), **error_body(refusal, shape_of(path))}
    return web.json_response(body, status=refusal.http_status, headers={"WWW-Authenticate": "Bearer", **headers})
