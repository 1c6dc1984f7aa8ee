"""Which people a list shows and in which order, as conditions of SQL."""

import enum
from dataclasses import dataclass
from typing import Mapping, Sequence, Tuple

from sophon_report.model import UserType
from sophon_report.store.folding import folded

_BY_WORDS = """{number} IN (SELECT number FROM person INDEXED BY person_name WHERE instr(name_folded, ?) > 0
    UNION ALL SELECT number FROM person WHERE identity_id LIKE ? ESCAPE '!')"""
"""Each half reads an index and no row: those are long."""


class PeopleOrder(str, enum.Enum):
    """The order of a list; who is equal in it comes in order of registration."""

    REGISTERED = "registered"
    NEWEST = "newest"
    """The last to be registered first."""
    NAME = "name"
    """By the letters' numbers, in any case."""
    ID = "id"


ORDERS: Mapping[PeopleOrder, str] = {
    PeopleOrder.REGISTERED: "number",
    PeopleOrder.NEWEST: "number DESC",
    PeopleOrder.NAME: "name_folded, number",
    PeopleOrder.ID: "identity_id",
}


@dataclass(frozen=True)
class PeopleQuery:
    """Whom a list shows; what is left empty lets all pass."""

    name_part: str = ""
    """In any case, wide letters like others."""
    identity_ids: Tuple[str, ...] = ()
    permission_ids: Tuple[str, ...] = ()
    """People who have one of them. With :attr:`identity_ids` at most 900."""
    words: str = ""
    """A part of the name, or the beginning of the id; both in any case, of ids Latin letters only."""
    user_types: Tuple[UserType, ...] = ()
    order: PeopleOrder = PeopleOrder.REGISTERED

    def where(self) -> Tuple[str, Tuple[str, ...]]:
        """The condition, and the values in it."""
        conditions, values = ["1"], []
        if self.name_part:
            conditions.append("instr(name_folded, ?) > 0")
            values.append(folded(self.name_part))
        if self.words:
            # In the order of ids SQLite would go through all the numbers for each id.
            conditions.append(_BY_WORDS.format(number="+number" if self.order is PeopleOrder.ID else "number"))
            values += [folded(self.words), _as_beginning(self.words)]
        if self.user_types:
            conditions.append(f"user_type IN ({marks(self.user_types)})")
            values += [kind.value for kind in self.user_types]
        if self.identity_ids:
            conditions.append(f"identity_id IN ({marks(self.identity_ids)})")
            values.extend(self.identity_ids)
        if self.permission_ids:
            groups = marks(self.permission_ids)
            conditions.append(
                f"identity_id IN (SELECT identity_id FROM permission_of WHERE permission_id IN ({groups}))"  # noqa: S608 - marks only
            )
            values.extend(self.permission_ids)
        return " AND ".join(conditions), tuple(values)


def marks(values: Sequence[object]) -> str:
    """As many places for values."""
    return ",".join("?" * len(values))


def _as_beginning(text: str) -> str:
    """A pattern of ``LIKE`` for what begins so."""
    return "".join("!" + sign if sign in "!%_" else sign for sign in text) + "%"
