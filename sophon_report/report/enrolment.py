"""Registering a person while the service runs: vision looks at the photo, the gallery takes the face at once."""

from typing import Callable

from sophon_report.api.service import EnrolRequest
from sophon_report.errors import Unavailable
from sophon_report.link.messages import PhotoUse
from sophon_report.model import Person
from sophon_report.quality_limits import Level
from sophon_report.recognition.enrol import check_identity, face_of_stranger, registered_face
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.report.photo_desk import PhotoDesk


class Enrolment:
    """Photos that become faces of the gallery.

    Args:
        people: the gallery and its store.
        desk: has photos looked at.
        min_face_px: smallest face that is looked at, asked for each photo.
        level: what a word of the vendor's levels asks of a photo; ``""`` is the one of the settings.
        strangers: who may be registered without a photo.
        is_erasing: whether a person or stranger of that id is being erased now.
    """

    def __init__(
        self,
        people: KnownPeople,
        desk: PhotoDesk,
        min_face_px: Callable[[], int],
        level: Callable[[str], Level],
        strangers: StrangerLibrary,
        is_erasing: Callable[[str], bool],
    ) -> None:
        self._people, self._desk, self._min_face_px, self._level = people, desk, min_face_px, level
        self._strangers, self._is_erasing = strangers, is_erasing

    async def enrol(self, request: EnrolRequest) -> Person:
        """Register the person of ``request``.

        Raises:
            BadImage: the photo cannot be used.
            BadInput: the id is taken, or it or the name cannot be used.
            Unavailable: vision is not there, too busy or too slow, or the person of this id is being erased.
        """
        check_identity(request.identity_id, request.name)
        self._check_erasing(request.identity_id)
        result = await self._desk.look_at(request.photo, self._min_face_px(), PhotoUse.ENROL)
        self._check_erasing(request.identity_id)
        face = registered_face(result, self._people.embedder, self._level(request.level))
        person = Person(request.identity_id, request.name, request.user_type)
        self._people.add(person, [face], replace=request.replace)
        return person

    async def enrol_stranger(self, stranger_id: str, person: Person) -> None:
        """Register a filed stranger, who leaves the library; the id leads to the person from now on.

        Raises:
            BadInput: they are registered already, the id is taken, it or the name cannot be used, or the stranger
                was filed by another model.
            NotFound: no stranger has or had the id.
            Unavailable: the disk refuses, or whoever has one of these ids is being erased.
        """
        check_identity(person.identity_id, person.name)
        now, picture = await self._strangers.filed(stranger_id)
        self._check_erasing(person.identity_id, stranger_id, now)
        self._people.add(person, [face_of_stranger(now, picture, person.identity_id)], stranger_id=now)
        self._strangers.forget(now)

    def _check_erasing(self, *identity_ids: str) -> None:
        """Refuse whose new events an erasing under way would take along."""
        if any(map(self._is_erasing, identity_ids)):
            raise Unavailable("the person of this id is being erased: register them when that is done")
