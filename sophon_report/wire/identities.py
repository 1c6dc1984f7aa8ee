"""People and permission groups as API 2.0 (firmware V6R1C01 and V6R2C01) shows them.

``face_ids`` and ``register_image_ids`` are in the same order, that of registration. ``ext_user_info`` is told as
it was given: the vendor lists keys for it (``mobile``, ``title``, ...; of visitors ``interviewee``, ...), none of
which is read here.
"""

from typing import Any, Dict, Sequence, Tuple

import orjson

from sophon_report.model import Person

ANONYMOUS = "匿名"
"""Name of a person who is registered without one: the vendor's default."""

Faces = Sequence[Tuple[str, str]]
"""Ids of a person's faces, each with the id of its photo."""


def identity_object(person: Person, faces: Faces) -> Dict[str, Any]:
    """A person; what is beside them goes into the answer as the JSON text that it is stored as."""
    return {
        "identity_id": person.identity_id,
        "identity_name": person.name,
        "user_type": person.user_type.value,
        "permission_ids": list(person.permission_ids),
        "ext_user_info": orjson.Fragment(person.ext_json),
        **_ids(faces),
    }


def faces_object(person: Person, faces: Faces) -> Dict[str, Any]:
    """A person's faces, as the calls answer that change one."""
    return {"identity_id": person.identity_id, "total_face_cnt": len(faces), **_ids(faces)}


def permission_object(permission_id: str, name: str, description: str) -> Dict[str, Any]:
    """A permission group."""
    return {"permission_id": permission_id, "permission_name": name, "description": description}


def pagination(page_index: int, page_limit: int, total: int) -> Dict[str, int]:
    """Which page of a list it is, and how many there are in all."""
    return {"page_index": page_index, "page_limit": page_limit, "total_count": total}


def _ids(faces: Faces) -> Dict[str, Any]:
    return {
        "face_ids": [face_id for face_id, _ in faces],
        "register_image_ids": [photo_id for _, photo_id in faces],
    }
