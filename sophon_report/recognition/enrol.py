"""Who may be registered from which photo, and under which name.

A photo is looked at in the vision process; here is decided what becomes of its answer, and how the files of
a folder that is imported are named: ``<id>__<name>.jpg``, such as ``E-0001__Ada Lovelace.jpg``.
"""

import os
import unicodedata
import uuid
from typing import Callable, Optional, Tuple

import numpy as np

from sophon_report.errors import BadImage, BadInput
from sophon_report.link.messages import PhotoResult
from sophon_report.model import Person, PersonFace, Quality
from sophon_report.quality_limits import LEVELS, Level, Limits, in_words, judge
from sophon_report.store.strangers import StrangerPicture

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
MAX_ID_LETTERS = 128
MAX_NAME_LETTERS = 256
MAX_EXT_LETTERS = 16_384
"""Of the JSON text that is kept beside a person."""
MAX_PERMISSIONS = 256
"""Groups that one person may be in."""

_REASONS = {"face_size": "face_too_small", "partial": "face_partial"}
"""What a photo that lacks this alone is refused as."""


def parse_photo_name(file_name: str) -> Tuple[str, str]:
    """Return the id and the name of the person that a photo's file name tells.

    A name may hold ``__`` again; accents come composed (NFC), however the file system stores them.

    Raises:
        BadInput: what is wrong with it.
    """
    stem, suffix = os.path.splitext(file_name)
    if suffix.lower() not in PHOTO_SUFFIXES:
        raise BadInput(f"is no photo: its name must end in one of {' '.join(PHOTO_SUFFIXES)}")
    identity_id, mark, name = (part.strip() for part in unicodedata.normalize("NFC", stem).partition("__"))
    if not mark:
        raise BadInput("must be named <id>__<name>.jpg, with two underscores between")
    check_identity(identity_id, name)
    return identity_id, name


def check_identity(identity_id: str, name: str) -> None:
    """Refuse an id or name that cannot be stored or shown.

    Raises:
        BadInput: one is missing, too long, or holds signs that are no letters.
    """
    for what, text, most in (("id", identity_id, MAX_ID_LETTERS), ("name", name, MAX_NAME_LETTERS)):
        if not text:
            raise BadInput(f"the {what} is missing")
        if len(text) > most:
            raise BadInput(f"the {what} has {len(text)} letters, at most {most} are taken")
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
            raise BadInput(f"the {what} holds control characters, or is not UTF-8")


def check_person(person: Person) -> None:
    """Refuse a person who cannot be stored or shown.

    Raises:
        BadInput: as :func:`check_identity`, or what is kept beside them is too much.
    """
    check_identity(person.identity_id, person.name)
    if len(person.ext_json) > MAX_EXT_LETTERS:
        raise BadInput(f"what is kept beside a person has at most {MAX_EXT_LETTERS} letters as JSON")
    if len(person.permission_ids) > MAX_PERMISSIONS:
        raise BadInput(f"a person may be in {MAX_PERMISSIONS} permission groups")


def registered_face(
    result: PhotoResult,
    embedder: str,
    level: Level = Level.NORMAL,
    accept: Optional[Callable[[Tuple[str, ...]], None]] = None,
) -> PersonFace:
    """Return the face to register, under new ids: the largest of the photo.

    Args:
        result: what vision says of the photo.
        embedder: SHA-256 of the model that its vector is of.
        level: what is asked of it.
        accept: takes a face that is not as good all the same, and is told what it lacks.

    Raises:
        BadImage: there is none, or it is not as good as that and nobody accepts it; or vision refused the photo.
    """
    if result.refused:
        raise BadImage(result.refused, result.detail)
    if not result.faces:
        raise BadImage("no_face", "no face was found")
    face = result.faces[0]
    failed = judge(face.quality, LEVELS[level]).failed
    if failed and accept is not None:
        accept(failed)
    elif failed:
        raise _poor(face.quality, LEVELS[level], failed)
    return PersonFace(
        face_id=uuid.uuid4().hex,
        photo_id=uuid.uuid4().hex,
        photo_jpeg=result.portrait_jpeg,
        embedding=face.embedding,
        embedder=embedder,
    )


def face_of_vector(vector: bytes, embedder: str, dim: int) -> PersonFace:
    """Return the face to register of a vector that somebody computed, without a photo, under new ids.

    Args:
        vector: little endian float32, of any length but 0; it is brought to length 1.
        embedder: SHA-256 of the model in use.
        dim: how many numbers its vectors have.

    Raises:
        BadInput: it has another dimension, or cannot be brought to length 1.
    """
    if len(vector) != 4 * dim:
        raise BadInput(f"the feature has {len(vector) / 4:g} numbers, those of the model in use have {dim}")
    values = np.frombuffer(vector, "<f4").astype(np.float64)
    length = float(np.linalg.norm(values))
    if not 0 < length < np.inf:  # NaN as well
        raise BadInput("the feature is all zeros, or holds what is not a number")
    return PersonFace(
        face_id=uuid.uuid4().hex,
        photo_id=uuid.uuid4().hex,
        photo_jpeg=b"",
        embedding=(values / length).astype("<f4").tobytes(),
        embedder=embedder,
    )


def face_of_stranger(stranger_id: str, picture: StrangerPicture, identity_id: str) -> PersonFace:
    """Return the face to register of a filed stranger who becomes the person ``identity_id``.

    Raises:
        BadInput: a person cannot have the id of the stranger: events with it would be of both.
    """
    if identity_id == stranger_id:
        raise BadInput("the id is that of the stranger: choose another for the person")
    return PersonFace(
        face_id=uuid.uuid4().hex,
        photo_id=picture.photo_id,
        photo_jpeg=picture.photo_jpeg,
        embedding=picture.embedding,
        embedder=picture.embedder,
    )


def _poor(quality: Quality, limits: Limits, failed: Tuple[str, ...]) -> BadImage:
    reason = _REASONS.get(failed[0], "low_quality") if len(failed) == 1 else "low_quality"
    return BadImage(reason, in_words(quality, limits))
