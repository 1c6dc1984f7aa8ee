"""The people who may log in, and what each may do."""

from typing import List, Optional, Protocol, Sequence

from pydantic import Field, model_validator

from sophon_report.api.call import Need
from sophon_report.api.password_rules import LONGEST, SHORTEST, check_new
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Body, Nothing
from sophon_report.model import Role
from sophon_report.store.accounts import NAME

PATH = "/users"
TAGS = ("users",)


class User(Answer):
    """One of them; nothing shows a password again."""

    name: str
    role: Role
    generated: bool
    """The service made the password up: its owner has not chosen one yet."""
    created_ms: int
    password_changed_ms: int
    last_login_ms: Optional[int]
    """`null` before the first."""
    sessions: int
    """Where they are logged in now, or were until not long ago."""


class UserList(Answer):
    """All of them by name."""

    users: List[User]


class NewUser(Body):
    """Who may log in, with a password of your choice or a made-up one."""

    name: str = Field(pattern=NAME)
    role: Role = Role.VIEWER
    password: Optional[str] = Field(None, min_length=SHORTEST, max_length=LONGEST)
    """Left out, one is made up and told this once."""


class ChangedUser(Body):
    """What to change; what is left out stays."""

    role: Optional[Role] = None
    password: Optional[str] = Field(None, min_length=SHORTEST, max_length=LONGEST)
    make_password: bool = False
    """Make a password up, and tell it this once."""

    @model_validator(mode="after")
    def _one_password(self) -> "ChangedUser":
        if self.make_password and self.password is not None:
            raise ValueError("give either password or make_password")
        return self


class ToldUser(Answer):
    """A user, and the password that was made up."""

    user: User
    password: Optional[str]
    """`null` unless it was made up now: nothing can show it again."""


class UserService(Protocol):
    """The users, kept beside the event loop."""

    async def users(self) -> Sequence[User]:
        """All of them by name."""

    async def user(self, name: str) -> User:
        """One of them.

        Raises:
            NotFound: nobody has the name.
            Unavailable: the store cannot be read.
        """

    async def add_user(self, name: str, role: Role, password: Optional[str]) -> str:
        """Let one more log in; returns the password, which is made up when none is given.

        Raises:
            BadInput: name or password cannot be one.
            NameTaken, Full: somebody has the name; there are as many as there may be.
            Unavailable: the store cannot be written.
        """

    async def set_role(self, name: str, role: Role) -> None:
        """Let ``name`` do what ``role`` may; another role ends the sessions.

        Raises:
            NotFound: nobody has the name.
            WrongState: it is the last admin.
            Unavailable: the store cannot be written.
        """

    async def give_password(self, name: str, password: Optional[str]) -> str:
        """Give ``name`` another password, as :meth:`add_user`; their sessions end.

        Raises:
            BadInput: it cannot be a password.
            NotFound: nobody has the name.
            Unavailable: the store cannot be written.
        """

    async def remove_user(self, name: str) -> None:
        """Let ``name`` log in no more; raises as :meth:`set_role`."""


class UserCalls:
    """Operations over ``users``."""

    def __init__(self, users: UserService) -> None:
        self._users = users

    def operations(self) -> List[Operation]:
        """All of them."""
        one = PATH + "/{name}"
        return [
            Operation("GET", PATH, Need.ADMIN, "Users", self.list, UserList, tags=TAGS, tagged=True),
            Operation(
                "POST",
                PATH,
                Need.ADMIN,
                "Let somebody log in",
                self.add,
                ToldUser,
                http_status=201,
                body=NewUser,
                tags=TAGS,
                errors=("TAKEN", "FULL"),
            ),
            Operation(
                "PATCH",
                one,
                Need.ADMIN,
                "Change a user's role or password",
                self.change,
                ToldUser,
                body=ChangedUser,
                tags=TAGS,
                errors=("NOT_FOUND", "CONFLICT"),
                description="Either ends all sessions of the user. The last admin stays one.",
            ),
            Operation(
                "DELETE",
                one,
                Need.ADMIN,
                "Let somebody log in no more",
                self.remove,
                Nothing,
                tags=TAGS,
                errors=("NOT_FOUND", "CONFLICT"),
                description="The last admin stays.",
            ),
        ]

    async def list(self, _asked: Asked) -> UserList:
        """All users by name."""
        return UserList(users=list(await self._users.users()))

    async def add(self, asked: Asked) -> Reply:
        """Add the user of the body."""
        new: NewUser = asked.body
        password = await self._users.add_user(new.name, new.role, new.password)
        told = await self._told(new.name, password if new.password is None else None)
        return Reply(told, 201, noted=f"{new.name} ({new.role.value})")

    async def change(self, asked: Asked) -> Reply:
        """Change the user of the path: the role first, which may be refused, as may a password before that."""
        change: ChangedUser = asked.body
        name, made_up = asked.part("name"), None
        if change.password is not None:
            check_new(name, change.password)
        done = [change.role.value] if change.role is not None else []
        if change.role is not None:
            await self._users.set_role(name, change.role)
        if change.make_password:
            made_up = await self._users.give_password(name, None)
        elif change.password is not None:
            await self._users.give_password(name, change.password)
        done += ["password"] if change.make_password or change.password is not None else []
        return Reply(await self._told(name, made_up), noted=f"{name} ({', '.join(done)})")

    async def remove(self, asked: Asked) -> Reply:
        """Remove the user of the path."""
        await self._users.remove_user(asked.part("name"))
        return Reply(Nothing(), noted=asked.part("name"))

    async def _told(self, name: str, password: Optional[str]) -> ToldUser:
        return ToldUser(user=await self._users.user(name), password=password)
