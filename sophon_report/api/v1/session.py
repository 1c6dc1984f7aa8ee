"""Logging in and out, who one is taken for, and one's own password.

Programs get the session as a token; the page asks for the cookie (:mod:`sophon_report.api.shown`) and no script
ever sees it. Whoever logs in with the cookie of a former session ends that one.
"""

from typing import List, Optional, Protocol

from pydantic import Field

from sophon_report.api.call import Incoming, Need
from sophon_report.api.errors import Refusal, WrongField
from sophon_report.api.login import LoginService, TooManyTries, WrongPassword
from sophon_report.api.password_rules import LONGEST, SHORTEST
from sophon_report.api.sessions import Opened
from sophon_report.api.shown import PAGE_HEADER, cookie, no_cookie
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, Nothing, Query
from sophon_report.model import Role

PATH = "/session"
TAGS = ("session",)


class Credentials(Body):
    """Of a user."""

    username: str = Field(max_length=128)
    password: str = Field(max_length=1024)
    cookie: bool = False
    """For pages of the box: the session goes into a cookie that no script sees, and is not told."""


class OpenedSession(Answer):
    """A session, to be shown as `Authorization: Bearer`, or by the browser."""

    token: Optional[str]
    """`null` when it is in the cookie."""
    expires_s: int
    """It ends after so long at the latest, and earlier when it is not used."""
    user: str
    role: Role


class WhoAmI(Answer):
    """Who a caller is taken for."""

    who: str
    """`session:NAME`, `token:NAME`, or empty for one without credentials."""
    user: str
    """Who logged in; empty for a program and for one without credentials."""
    role: Optional[Role]
    """`null` for one without credentials."""
    peer: str
    """Its address; empty on the local socket."""
    may_read: bool
    may_write: bool
    may_administer: bool
    generated: bool
    """The service made the password up with which one logged in: time to choose one."""


class End(Query):
    """Which sessions to end."""

    everywhere: bool = False
    """All of the user, and not only this one."""


class NewPassword(Body):
    """Of who is logged in."""

    old_password: str = Field(max_length=1024)
    new_password: str = Field(min_length=SHORTEST, max_length=LONGEST)


class SessionEnds(Protocol):
    """Whoever ends sessions."""

    def end(self, token: str) -> bool:
        """End the session of ``token``; ``False`` when there is none."""

    def end_of(self, user: str) -> int:
        """End all of ``user``; returns how many there were."""


class Rights(Protocol):
    """Whoever knows who may what."""

    def may(self, need: Need, incoming: Incoming) -> bool:
        """Whether the caller may do what needs ``need``."""

    def role(self, incoming: Incoming) -> Optional[Role]:
        """What the caller's credentials are good for; ``None`` without any."""


class SessionCalls:
    """Operations.

    Args:
        logins: looks at passwords.
        sessions: end here.
        rights: of the moment.
    """

    def __init__(self, logins: LoginService, sessions: SessionEnds, rights: Rights) -> None:
        self._logins, self._sessions, self._rights = logins, sessions, rights

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation(
                "POST",
                PATH,
                Need.ANYONE,
                "Log in",
                self.login,
                OpenedSession,
                http_status=201,
                body=Credentials,
                tags=TAGS,
                errors=("TOO_MANY_TRIES", "FOREIGN_PAGE", "UNAVAILABLE"),
            ),
            Operation("GET", PATH, Need.OPEN, "Who am I, and what may I", self.who, WhoAmI, tags=TAGS),
            Operation(
                "DELETE",
                PATH,
                Need.OPEN,
                "Log out",
                self.logout,
                Nothing,
                query=End,
                tags=TAGS,
                errors=("NOT_FOUND",),
            ),
            Operation(
                "PUT",
                PATH + "/password",
                Need.OPEN,
                "Choose another password for oneself",
                self.change_password,
                OpenedSession,
                body=NewPassword,
                tags=TAGS,
                errors=("TOO_MANY_TRIES", "UNAVAILABLE"),
                description="All sessions of the user end, the answer has a new one. Needs a session of any role.",
            ),
        ]

    async def login(self, asked: Asked) -> Reply:
        """Open a session for who knows the password."""
        given: Credentials = asked.body
        if given.cookie and asked.incoming.message.headers.get(PAGE_HEADER) != "1":
            raise Refusal("FOREIGN_PAGE", f"only the page of this box logs in by a cookie: with {PAGE_HEADER}: 1")
        try:
            opened = await self._logins.login(given.username, given.password, asked.incoming.peer)
        except TooManyTries as tries:
            raise _wait(tries) from None
        except WrongPassword as wrong:
            raise Refusal("PASSWORD_ERROR", str(wrong)) from None
        if asked.incoming.by_cookie and asked.incoming.bearer is not None:
            self._sessions.end(asked.incoming.bearer)
        return _told(opened, 201, given.cookie, asked.incoming.secure)

    async def who(self, asked: Asked) -> WhoAmI:
        """Who the caller is taken for."""
        incoming = asked.incoming
        return WhoAmI(
            who=incoming.who,
            user=incoming.user,
            role=self._rights.role(incoming),
            peer=incoming.peer,
            may_read=self._rights.may(Need.READ, incoming),
            may_write=self._rights.may(Need.WRITE, incoming),
            may_administer=self._rights.may(Need.ADMIN, incoming),
            generated=bool(incoming.user) and self._logins.is_made_up(incoming.user),
        )

    async def logout(self, asked: Asked) -> Reply:
        """End the session that the caller shows, or all of its user."""
        incoming, end = asked.incoming, asked.query
        if not incoming.user or incoming.bearer is None:
            raise Refusal("NOT_FOUND", "the call shows no session")
        if end.everywhere:
            self._sessions.end_of(incoming.user)
        else:
            self._sessions.end(incoming.bearer)
        return Reply(Nothing(), headers={"Set-Cookie": no_cookie(incoming.secure)} if incoming.by_cookie else {})

    async def change_password(self, asked: Asked) -> Reply:
        """Have another password count for who is logged in."""
        incoming, given = asked.incoming, asked.body
        if not incoming.user:
            raise Refusal("PASSWORD_ERROR", "this needs a session: log in")
        try:
            opened = await self._logins.renew(incoming.user, given.old_password, given.new_password, incoming.peer)
        except TooManyTries as tries:
            raise _wait(tries) from None
        except WrongPassword:
            said = "is not the password that counts now"
            field = WrongField(said, pointer="#/old_password")
            raise Refusal("INVALID_ARGUMENTS", f"old_password {said}", [field]) from None
        return _told(opened, 200, incoming.by_cookie, incoming.secure)


def _wait(tries: TooManyTries) -> Refusal:
    return Refusal("TOO_MANY_TRIES", str(tries), retry_after_s=int(tries.wait_s))


def _told(opened: Opened, http_status: int, by_cookie: bool, secure: bool) -> Reply:
    token = None if by_cookie else opened.token
    told = OpenedSession(token=token, expires_s=opened.expires_in_s, user=opened.user, role=opened.role)
    return Reply(told, http_status, headers={"Set-Cookie": cookie(opened.token, secure)} if by_cookie else {})
