"""People, permission groups and groups as the interface before API 2.0 shows them, and how its words become ours.

``info.ext_info`` of it is ``ext_user_info`` of API 2.0 under other names (:data:`EXT_NAMES`): the names of API 2.0
are stored, so that who was registered by a client of one is whole for a client of the other. Keys that neither
lists are kept as they came.
"""

from typing import Any, Dict, List, Mapping, Sequence

from sophon_report.model import Jpeg, Person
from sophon_report.wire.images import bare
from sophon_report.wire.names import PERSON_TYPES

EXT_NAMES: Mapping[str, str] = {
    "idNumber": "id_card",
    "jobNumber": "employee_number",
    "entryTime": "entry_time",
    "descriptor": "description",
    "startTime": "start_time",
    "endTime": "end_time",
    "Interviewee": "interviewee",
    "comeFrom": "visitor_company",
    "message": "welcome_message",
}
"""The names that differ; ``mobile``, ``email``, ``gender``, ``visit_card_number``, ``department``, ``title``,
``address``, ``floor``, ``building_no``, ``room`` and ``purpose`` are the same in both. The page of a query of the
older has ``description`` and ``interviewee`` as well: both spellings are taken."""
_OLD_NAMES = {newer: older for older, newer in EXT_NAMES.items()}
TOLD = ("name", "type", "permission_ids", "user_id", "ext_info", "image_id")
"""Keys of ``info`` that are told from what is known, whatever was given; with those of :func:`told_info`."""
TOLD_TOO = ("image_ids", "face_ids", "group_ids", "permission_names")


def ext_user_info(ext_info: Mapping[str, Any]) -> Dict[str, Any]:
    """``ext_info`` under the names of API 2.0; of one fact in both spellings the older counts."""
    stored = {key: value for key, value in ext_info.items() if key not in EXT_NAMES}
    return {**stored, **{EXT_NAMES[key]: value for key, value in ext_info.items() if key in EXT_NAMES}}


def ext_info(stored: Mapping[str, Any]) -> Dict[str, Any]:
    """And back."""
    return {_OLD_NAMES.get(key, key): value for key, value in stored.items()}


def other_info(info: Mapping[str, Any]) -> Dict[str, Any]:
    """What of ``info`` is only kept and told."""
    return {key: value for key, value in info.items() if key not in (*TOLD, *TOLD_TOO)}


def told_info(
    person: Person,
    faces: Sequence[Sequence[str]],
    groups: Sequence[str],
    permission_names: Sequence[str],
    ext: Mapping[str, Any],
    other: Mapping[str, Any],
) -> Dict[str, Any]:
    """``info`` of a person.

    Args:
        person: who.
        faces: ids of the faces, each with that of its photo.
        groups: names of the groups they are in.
        permission_names: of their permission groups.
        ext: what is stored of them under the names of API 2.0.
        other: what else was given in ``info``.
    """
    photo_ids = [photo_id for _, photo_id in faces]
    return {
        **other,
        "name": person.name,
        "type": PERSON_TYPES[person.user_type],
        "permission_ids": list(person.permission_ids),
        "permission_names": list(permission_names),
        "group_ids": list(groups),
        "user_id": person.identity_id,
        "image_id": photo_ids[0] if photo_ids else "",
        "image_ids": photo_ids,
        "face_ids": [face_id for face_id, _ in faces],
        "ext_info": ext_info(ext),
    }


def user_row(identity_id: str, groups: Any, info: Mapping[str, Any], photo_jpeg: Jpeg) -> Dict[str, Any]:
    """A person, as lists and the reply to a registration have one."""
    return {"identity_id": identity_id, "group_name": groups, "info": info, "reg_photo": bare(photo_jpeg)}


def group_info(name: str, description: str, other: Mapping[str, Any]) -> Dict[str, Any]:
    """``info`` of a group, or of a permission group."""
    return {**other, "name": name, "description": description}


def found_row(row_id: str, info: Mapping[str, Any]) -> Dict[str, Any]:
    """One of ``data[]`` of the calls that find a group's id."""
    return {"_id": row_id, "info": info}


def old_pagination(skip_num: int, limit: int, total: int) -> Dict[str, int]:
    """Which page of a list it is: ``skip_num`` counts pages, from 0."""
    return {"skip_num": skip_num, "limit": limit, "num_pages": -(-total // limit), "total_count": total}


def page_of(rows: List[Any], skip_num: int, limit: int) -> List[Any]:
    """That page of a list that is here whole."""
    return rows[skip_num * limit : (skip_num + 1) * limit]
