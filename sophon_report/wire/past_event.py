"""A past event as the queries tell it: what the two records of it have in common."""

from dataclasses import dataclass, field

from sophon_report.model import Shot, UserType


@dataclass(frozen=True)
class PastEvent:
    """One event of the history: somebody's stay in front of a device."""

    event_id: str
    at_ms: int
    """When the deciding picture was taken: the ``timestamp`` of every layout."""
    in_ms: int
    out_ms: int
    """When the person was last seen; 0 while they are there."""
    device_id: str
    device_name: str
    device_type: str
    device_ip: str
    device_url: str = field(repr=False)
    """Without its password."""
    permission_id: str
    permission_name: str
    """``""`` without a group, or when it is gone."""
    identity_id: str
    """``""`` for nobody."""
    name: str = field(repr=False)
    user_type: UserType
    score_pct: float
    register_photo_id: str
    """Of the registered photo that matched, ``""`` for none."""
    post_action: str
    shot: Shot = field(repr=False)
    """The picture that counts: box, landmarks, attributes, vector, without its JPEGs."""
    face_image_id: str
    """By which the picture of the face is fetched, whether it is still there or not."""
    scene_image_id: str
    infrared_image_id: str
    """``""`` when there can be none."""
    is_sent: bool = False
    """Every receiver of the history has it."""
    seq: int = 0
    """Number of its journal record; 0 when it is not asked for."""
    ended_by: str = ""
    """As :attr:`sophon_report.model.Visit.ended_by`."""
