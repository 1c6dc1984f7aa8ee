"""Which permission group of this box is meant by an id in a backup. Pure.

A group is known by its name, as when people are imported: two boxes give one group two ids. A camera that is bound
to the id of the other box would accept nobody, or another group's people.
"""

import uuid
from dataclasses import replace
from typing import Dict, List, Mapping, Sequence

from sophon_report.errors import BadInput
from sophon_report.recognition.enrol import check_identity
from sophon_report.report.bulk.rows import GroupGiven
from sophon_report.store.permissions import MAX_GROUPS


class GroupIds:
    """Ids of a backup as those of this box.

    Args:
        given: the groups of the backup.
        here: names of the groups of this box, by id.
        are_made: those of the backup that are not here will be made.

    Raises:
        BadInput: one cannot be made, or there would be too many.
    """

    def __init__(self, given: Sequence[GroupGiven], here: Mapping[str, str], *, are_made: bool) -> None:
        self._here, self._given = here, {group.permission_id: group.name for group in given}
        self._id_of: Dict[str, str] = {}
        self.new: List[GroupGiven] = []
        """Those to be made, with the ids that they will have."""
        known, taken = {name: permission_id for permission_id, name in here.items()}, set(here)
        for group in given:
            if are_made and group.name not in known:
                its_id = uuid.uuid4().hex if group.permission_id in taken else group.permission_id
                check_identity(its_id, group.name)
                self.new.append(replace(group, permission_id=its_id))
                known[group.name] = its_id
                taken.add(its_id)
            if group.name in known:
                self._id_of[group.permission_id] = known[group.name]
        if len(here) + len(self.new) > MAX_GROUPS:
            raise BadInput(f"there would be more than {MAX_GROUPS} permission groups: delete some first")

    def id_here(self, permission_id: str, bound_now: str) -> str:
        """The id of that group on this box.

        Args:
            permission_id: of a device in the backup; ``""``: everybody.
            bound_now: what this box has the same device bound to: where no group is known, that stays.

        Raises:
            BadInput: there is no such group here.
        """
        if permission_id in self._id_of:
            return self._id_of[permission_id]
        if permission_id in ("", bound_now):
            return permission_id
        if permission_id in self._given:
            why = "is not on this box: put it back with the people, or make one of that name first"
            raise BadInput(f"its permission group {self._given[permission_id]} {why}")
        if permission_id not in self._here:
            raise BadInput(f"its permission group {permission_id} is neither in the backup nor on this box")
        return permission_id
