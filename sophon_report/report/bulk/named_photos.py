"""Photos that are named ``<id>__<name>.jpg``: each is a person."""

import os
from typing import Iterator, List, Optional, Tuple

from sophon_report.errors import BadInput
from sophon_report.model import Person
from sophon_report.recognition.enrol import PHOTO_SUFFIXES, parse_photo_name
from sophon_report.report.bulk.bundle import Bundle
from sophon_report.report.bulk.rows import (
    Defaults,
    FaceGiven,
    GroupGiven,
    PersonRow,
    RefusedRow,
    Row,
    checked_count,
    label_of,
    word_of,
)
from sophon_report.wire.pictures import MAX_IMAGE_BYTES


class NamedPhotos:
    """A source: the photos of a bundle, whose folders mean nothing.

    Raises:
        BadInput: there is no photo, or there are too many.
    """

    def __init__(self, bundle: Bundle, defaults: Defaults) -> None:
        self.notes: List[str] = []
        self.groups: Tuple[GroupGiven, ...] = ()
        self._bundle, self._defaults = bundle, defaults
        self._names = [name for name in bundle.names() if is_photo(name)]
        if not self._names:
            raise BadInput(f"{bundle.title} holds no photo ({', '.join(PHOTO_SUFFIXES)})")
        checked_count(len(self._names), bundle.title)

    def count(self) -> Optional[int]:
        return len(self._names)

    def rows(self, skip: int) -> Iterator[Row]:
        for number, name in enumerate(self._names[skip:], skip + 1):
            yield self._row(number, name)

    def _row(self, number: int, name: str) -> Row:
        base = name.rpartition("/")[2]
        label = label_of(base)
        try:
            identity_id, person_name = parse_photo_name(base)
        except BadInput as error:
            return RefusedRow(number, label, str(error), "name")
        try:
            photo = self._bundle.read(name, MAX_IMAGE_BYTES)
        except BadInput as error:
            return RefusedRow(number, label, str(error), word_of(error))
        person = Person(identity_id, person_name, self._defaults.user_type)
        return PersonRow(number, label, person, (FaceGiven(photo),), self._defaults.groups)

    def close(self) -> None:
        self._bundle.close()


def is_photo(name: str) -> bool:
    """Whether the file is a picture by its name."""
    return os.path.splitext(name)[1].lower() in PHOTO_SUFFIXES
