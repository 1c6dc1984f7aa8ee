"""Logging in and out, and who one is taken for."""

from typing import List, Optional, Protocol

from pydantic import Field

from sophon_report.api.call import Incoming, Need
from sophon_report.api.errors import Refusal
from sophon_report.api.login import LoginService, TooManyTries, WrongPassword
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body, Nothing

PATH = "/session"
TAGS = ("session",)


class Credentials(Body):
    """Of the box's account."""

    username: str = Field(max_length=128)
    password: str = Field(max_length=1024)


class OpenedSession(Answer):
    """A session, to be shown as ``Authorization: Bearer``."""

    token: str
    expires_s: int
    """It ends after so long at the latest, and earlier when it is not used."""


class WhoAmI(Answer):
    """Who a caller is taken for."""

    who: str
    """``session:NAME``, ``token:NAME``, or empty for one without credentials."""
    peer: str
    """Its address; empty on the local socket."""
    may_read: bool
    may_write: bool
    may_administer: bool


class SessionEnds(Protocol):
    """Whoever ends sessions."""

    def end(self, token: str) -> bool:
        """End the session of ``token``; ``False`` when there is none."""


class Rights(Protocol):
    """Whoever knows who may what."""

    def may(self, need: Need, incoming: Incoming) -> bool:
        """Whether the caller may do what needs ``need``."""


class SessionCalls:
    """Three operations.

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
                errors=("TOO_MANY_TRIES", "UNAVAILABLE"),
            ),
            Operation("GET", PATH, Need.OPEN, "Who am I, and what may I", self.who, WhoAmI, tags=TAGS),
            Operation(
                "DELETE", PATH, Need.OPEN, "Log out", self.logout, Nothing, tags=TAGS, errors=("NOT_FOUND",)
            ),
        ]

    async def login(self, asked: Asked) -> OpenedSession:
        """Open a session for who knows the password."""
        given: Credentials = asked.body
        try:
            opened = await self._logins.login(given.username, given.password, asked.incoming.peer)
        except TooManyTries as tries:
            raise Refusal("TOO_MANY_TRIES", str(tries), retry_after_s=int(tries.wait_s)) from None
        except WrongPassword as wrong:
            raise Refusal("PASSWORD_ERROR", str(wrong)) from None
        return OpenedSession(token=opened.token, expires_s=opened.expires_in_s)

    async def who(self, asked: Asked) -> WhoAmI:
        """Who the caller is taken for."""
        incoming = asked.incoming
        return WhoAmI(
            who=incoming.who,
            peer=incoming.peer,
            may_read=self._rights.may(Need.READ, incoming),
            may_write=self._rights.may(Need.WRITE, incoming),
            may_administer=self._rights.may(Need.ADMIN, incoming),
        )

    async def logout(self, asked: Asked) -> Nothing:
        """End the session that the caller shows."""
        shown: Optional[str] = asked.incoming.bearer
        if shown is None or not self._sessions.end(shown):
            raise Refusal("NOT_FOUND", "the call shows no session")
        return Nothing()
