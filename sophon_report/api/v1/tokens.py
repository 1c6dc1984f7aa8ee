"""API tokens: what lets a program in. One is shown when it is made, and never again."""

from typing import List, Protocol, Sequence

from pydantic import Field

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, Nothing
from sophon_report.model import Role
from sophon_report.store.tokens import Token

PATH = "/tokens"
TAGS = ("tokens",)
NAME = "^[A-Za-z0-9_.-]{1,64}$"


class TokenList(Answer):
    """All tokens by name, as far as anybody may see them again."""

    tokens: List[Token]


class NewToken(Body):
    """What to call it, and what it is good for."""

    name: str = Field(pattern=NAME)
    role: Role = Role.ADMIN
    """What its holder may do."""


class MadeToken(Answer):
    """The token: nothing can show it again."""

    name: str
    role: Role
    token: str


class TokenService(Protocol):
    """The tokens, kept beside the event loop."""

    async def tokens(self) -> Sequence[Token]:
        """All of them by name."""

    async def make_token(self, name: str, role: Role) -> str:
        """Make one and return it.

        Raises:
            NameTaken, Full: another one has the name; there are as many as there may be.
            Unavailable: the store cannot be written.
        """

    async def revoke_token(self, name: str) -> None:
        """Make one worthless.

        Raises:
            NotFound: none has the name.
            Unavailable: the store cannot be written.
        """


class TokenCalls:
    """Operations over ``tokens``."""

    def __init__(self, tokens: TokenService) -> None:
        self._tokens = tokens

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation("GET", PATH, Need.ADMIN, "API tokens", self.list, TokenList, tags=TAGS, tagged=True),
            Operation(
                "POST",
                PATH,
                Need.ADMIN,
                "Make a token; it is shown this once",
                self.make,
                MadeToken,
                http_status=201,
                body=NewToken,
                tags=TAGS,
                errors=("TAKEN", "FULL"),
            ),
            Operation(
                "DELETE",
                PATH + "/{name}",
                Need.ADMIN,
                "Make a token worthless",
                self.revoke,
                Nothing,
                tags=TAGS,
                errors=("NOT_FOUND",),
            ),
        ]

    async def list(self, _asked: Asked) -> TokenList:
        """All tokens by name."""
        return TokenList(tokens=list(await self._tokens.tokens()))

    async def make(self, asked: Asked) -> Reply:
        """Make the token of the body's name."""
        wanted: NewToken = asked.body
        token = await self._tokens.make_token(wanted.name, wanted.role)
        made = MadeToken(name=wanted.name, role=wanted.role, token=token)
        return Reply(made, 201, noted=f"{wanted.name} ({wanted.role.value})")

    async def revoke(self, asked: Asked) -> Reply:
        """Make the token of the path worthless."""
        await self._tokens.revoke_token(asked.part("name"))
        return Reply(Nothing(), noted=asked.part("name"))
