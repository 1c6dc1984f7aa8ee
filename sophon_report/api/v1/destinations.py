"""Receivers of events by HTTP POST: listed, added, changed, removed. In the shape of the settings file.

Secrets go in and never come out: a header's value is told as ``***``, and one that is sent back so stays as it is.
``headers`` and ``signing_secrets`` that are left out of a change stay; given, they replace what there was. With an
address on another host the values of headers have to be given: else they would be told to it.
"""

from typing import Callable, Dict, List, Protocol, Sequence

from sophon_report.api.call import Need
from sophon_report.api.destination_rows import MASK
from sophon_report.api.v1.destination_seeds import SeedRules, with_former, wrong
from sophon_report.api.v1.operation import Asked, Operation, Reply
from sophon_report.api.v1.shapes import Answer, Nothing
from sophon_report.api.v1.tags import Tags
from sophon_report.config import DestinationSeed
from sophon_report.model import Destination, redact_url

PATH = "/destinations"
ONE = PATH + "/{name}"
TAGS = ("destinations",)


class DestinationTold(Answer):
    """A destination as it is set."""

    name: str
    url: str
    """Without a password."""
    layout: str
    enabled: bool
    paused: bool
    """By hand."""
    timeout_s: float
    content_type: str
    register_photo: bool
    scene: bool
    face: bool
    infrared: bool
    attributes: bool
    feature: bool
    person_name: bool
    period_s: float
    retry: bool
    devices: List[str]
    user_types: List[str]
    min_score_pct: float
    connect_s: float
    first_byte_s: float
    ca_file: str
    client_cert_file: str
    client_key_file: str
    gzip: bool
    headers: Dict[str, str]
    """Values are ``***``."""
    signing_secrets: List[str]
    """Each is ``***``."""
    in_flight: int
    origin: str
    """Which of the vendor's settings it came from; empty for one of our own."""


class DestinationList(Answer):
    """All destinations, in the order in which they were added; how they do is in ``/delivery``."""

    destinations: List[DestinationTold]


class DestinationService(Protocol):
    """The destinations; a change is stored and counts when its call returns."""

    async def all_destinations(self) -> Sequence[Destination]:
        """In the order in which they were added."""

    async def destination(self, name: str) -> Destination:
        """One of them.

        Raises:
            NotFound: none has the name.
        """

    async def add_destination(self, seed: DestinationSeed) -> Destination:
        """Deliver to one more.

        Raises:
            BadInput: its name is taken, or there are too many.
        """

    async def change_destination(self, name: str, become: Callable[[Destination], Destination]) -> Destination:
        """Deliver otherwise; returns what it is then. Raises as :meth:`destination` and ``become``.

        Args:
            name: which one.
            become: what it is to be, made of what it is; called in a thread, and nobody changes one meanwhile.
        """

    async def remove_destination(self, name: str, check: Callable[[Destination], None]) -> None:
        """Deliver to one less, and forget what waits for it.

        Raises as :meth:`destination` and ``check``, which is called as ``become`` is.
        """


class DestinationCalls:
    """Operations over ``service``.

    Args:
        service: keeps them.
        tags: of this service.
        rules: what may be set.
    """

    def __init__(self, service: DestinationService, tags: Tags, rules: SeedRules) -> None:
        self._service, self._tags, self._rules = service, tags, rules

    def operations(self) -> List[Operation]:
        """All of them."""
        unknown = ("NOT_FOUND", "UNAVAILABLE")
        return [
            Operation("GET", PATH, Need.READ, "Destinations", self.list, DestinationList, tags=TAGS, tagged=True),
            Operation(
                "POST",
                PATH,
                Need.WRITE,
                "Add a destination",
                self.add,
                DestinationTold,
                http_status=201,
                body=DestinationSeed,
                tags=TAGS,
                errors=("ADDRESS_REFUSED",),
                tagged=True,
            ),
            Operation(
                "GET",
                ONE,
                Need.READ,
                "A destination",
                self.get,
                DestinationTold,
                tags=TAGS,
                errors=unknown,
                tagged=True,
            ),
            Operation(
                "PUT",
                ONE,
                Need.WRITE,
                "Change a destination",
                self.put,
                DestinationTold,
                body=DestinationSeed,
                tags=TAGS,
                errors=(*unknown, "ADDRESS_REFUSED"),
                tagged=True,
                guarded=True,
                description="The whole of it. `headers` and `signing_secrets` that are left out stay, `***` too.",
            ),
            Operation(
                "DELETE",
                ONE,
                Need.WRITE,
                "Remove a destination, and forget what waits for it",
                self.remove,
                Nothing,
                tags=TAGS,
                errors=unknown,
                guarded=True,
            ),
        ]

    async def list(self, _asked: Asked) -> DestinationList:
        """All of them."""
        return DestinationList(destinations=[_told(one) for one in await self._service.all_destinations()])

    async def get(self, asked: Asked) -> Reply:
        """The destination of the path."""
        return self._reply(await self._service.destination(asked.part("name")))

    async def add(self, asked: Asked) -> Reply:
        """Add the destination of the body."""
        seed: DestinationSeed = asked.body
        added = await self._service.add_destination(self._rules.checked(seed))
        return self._reply(added, 201)

    async def put(self, asked: Asked) -> Reply:
        """Change the destination of the path to what the body says."""
        seed: DestinationSeed = asked.body

        def become(former: Destination) -> Destination:
            asked.must_match(self._tags.of_value(former))
            if seed.name != former.name:
                raise wrong("name", "must be that of the path: a destination keeps its name")
            return with_former(self._rules.checked(seed, former), former)

        return self._reply(await self._service.change_destination(asked.part("name"), become))

    async def remove(self, asked: Asked) -> Nothing:
        """Remove the destination of the path."""
        await self._service.remove_destination(
            asked.part("name"), lambda former: asked.must_match(self._tags.of_value(former))
        )
        return Nothing()

    def _reply(self, destination: Destination, http_status: int = 200) -> Reply:
        return Reply(_told(destination), http_status, self._tags.of_value(destination))


def _told(one: Destination) -> DestinationTold:
    content, transport = one.content, one.transport
    return DestinationTold(
        name=one.name,
        url=redact_url(one.url),
        layout=one.layout,
        enabled=one.enabled,
        paused=one.paused,
        timeout_s=one.timeout_s,
        content_type=one.content_type,
        **vars(content),
        period_s=one.period_s,
        retry=one.retry,
        devices=list(one.filter.device_ids),
        user_types=[kind.value for kind in one.filter.user_types],
        min_score_pct=one.filter.min_score_pct,
        connect_s=transport.connect_s,
        first_byte_s=transport.first_byte_s,
        ca_file=transport.ca_file,
        client_cert_file=transport.client_cert_file,
        client_key_file=transport.client_key_file,
        gzip=transport.gzip,
        headers={name: MASK for name, _ in transport.headers},
        signing_secrets=[MASK for _ in transport.signing_secrets],
        in_flight=one.in_flight,
        origin=one.origin,
    )
