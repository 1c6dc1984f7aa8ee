"""Faces of strangers that were not seen often enough to be filed: counted here, in memory only.

A picture counts for the face that it is nearest to, when that is near enough for one person, whichever device
and track it is from. At most :data:`MAX_FACES` are kept; over it the one that was seen longest ago goes, which can
only make a filing later. ``forgotten`` counts them.
"""

import itertools
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from sophon_report.model import FloatArray
from sophon_report.recognition.gallery import Gallery

MAX_FACES = 128
"""With photos of 30 KB about 4 MB."""

Picture = TypeVar("Picture")


@dataclass(frozen=True)
class UnfiledFace(Generic[Picture]):
    """A face and its best picture."""

    key: str
    picture: Picture
    rank: float
    pictures: int
    """How many were seen."""


class UnfiledFaces(Generic[Picture]):
    """The faces, by vectors of one model.

    Args:
        dim: length of the model's vectors.
    """

    def __init__(self, dim: int) -> None:
        self._gallery = Gallery(dim, MAX_FACES + 1)
        self._faces: OrderedDict[str, UnfiledFace[Picture]] = OrderedDict()
        self._keys = map(str, itertools.count())
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._faces)

    def add(self, row: FloatArray, picture: Picture, rank: float, same_cosine: float) -> UnfiledFace[Picture]:
        """Count a picture; returns its face with the best one so far.

        Args:
            row: unit vector of the picture.
            picture: what to keep of it.
            rank: how good it is.
            same_cosine: from here on two pictures show one face.
        """
        hits = self._gallery.top_k(row, 1)
        if not hits or hits[0].cosine < same_cosine:
            face = UnfiledFace(next(self._keys), picture, rank, 1)
            self._gallery.put(face.key, row)
        else:
            face = self._faces.pop(hits[0].face_id)
            face = replace(face, pictures=face.pictures + 1)
            if rank > face.rank:
                face = replace(face, picture=picture, rank=rank)
                self._gallery.put(face.key, row)
        self._faces[face.key] = face
        if len(self._faces) > MAX_FACES:
            self.drop(next(iter(self._faces)))
            self.forgotten += 1
        return face

    def drop(self, key: str) -> None:
        """Forget a face."""
        del self._faces[key]
        self._gallery.remove(key)
