"""Registering a person while the service runs, as commands and the library of strangers ask for it."""

from typing import Callable

from sophon_report.api.people import FaceSource
from sophon_report.api.service import EnrolRequest
from sophon_report.model import Person
from sophon_report.quality_limits import Level
from sophon_report.recognition.enrol import check_identity
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.report.people_desk import PeopleDesk


class Enrolment:
    """Photos and strangers that become people.

    Args:
        people: registers them.
        level: what a word of the vendor's levels asks of a photo; ``""`` is the one of the settings.
        strangers: who may be registered without a photo.
    """

    def __init__(self, people: PeopleDesk, level: Callable[[str], Level], strangers: StrangerLibrary) -> None:
        self._people, self._level, self._strangers = people, level, strangers

    async def enrol(self, request: EnrolRequest) -> Person:
        """Register the person of ``request``; an empty id is made up.

        Raises:
            BadImage: the photo cannot be used.
            BadInput: the id is taken, or it or the name cannot be used.
            PermissionNotFound: the person is to be in a group that is not there.
            Unavailable: vision is not there, too busy or too slow, or the person of this id is being erased.
        """
        person = Person(
            request.identity_id, request.name, request.user_type, request.permission_ids, request.ext_json
        )
        source = FaceSource(image=request.photo, level=self._level(request.level), accept=request.accept)
        return (await self._people.create(person, source, request.replace)).person

    async def enrol_stranger(self, stranger_id: str, person: Person) -> None:
        """Register a filed stranger, who leaves the library; the id leads to the person from now on.

        Raises:
            BadInput: the id is taken, or it or the name cannot be used.
            WrongState: they are registered already, or were filed by another model.
            NotFound: no stranger has or had the id.
            Unavailable: the disk refuses, or whoever has one of these ids is being erased.
        """
        check_identity(person.identity_id, person.name)
        now, picture = await self._strangers.filed(stranger_id)
        self._people.check_erasing(person.identity_id, stranger_id, now)
        await self._people.create_from_stranger(person, now, picture)
        self._strangers.forget(now)

    async def join_stranger(self, stranger_id: str, identity_id: str) -> Person:
        """Take a filed stranger for a registered person: the picture is one more of theirs; returns the person.

        Raises:
            WrongState: they are registered already, or were filed by another model.
            GalleryFull: the person has as many faces as one may have, or the gallery has.
            NotFound: no stranger has or had the id, or nobody that of the person.
            Unavailable: the disk refuses, or whoever has one of these ids is being erased.
        """
        now, picture = await self._strangers.filed(stranger_id)
        self._people.check_erasing(identity_id, stranger_id, now)
        known = await self._people.add_face_of_stranger(identity_id, now, picture)
        self._strangers.forget(now)
        return known.person
