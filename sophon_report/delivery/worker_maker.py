"""Makes what serves a destination out of how it is set up and what all destinations have in common."""

from dataclasses import dataclass
from functools import partial
from typing import Callable

from sophon_report.config import Compat
from sophon_report.delivery.abreast import AbreastUploader
from sophon_report.delivery.backoff import Pace, Random
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.diaries import Noting
from sophon_report.delivery.event_log import Cursor, EventLog
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.reach import Reach
from sophon_report.delivery.realtime_post import Receiver
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.uploader import Uploader
from sophon_report.model import Destination
from sophon_report.wire.layouts import Layout
from sophon_report.wire.telling import Telling


@dataclass(frozen=True)
class WorkerMaker:
    """What all destinations have in common; see :class:`~sophon_report.delivery.destinations.DestinationSet`."""

    log: EventLog
    license_key: Callable[[], str]
    compat: Callable[[], Compat]
    reach: Reach
    pace: Pace
    jitter: Random
    now_s: Callable[[], float]

    def uploader(
        self, destination: Destination, layout: Layout, cursor: Cursor, dead_letters: DeadLetters, note: Noting
    ) -> Uploader:
        """A worker of its own, not started."""
        abreast = destination.in_flight > 1
        uploader = (partial(AbreastUploader, in_flight=destination.in_flight) if abreast else Uploader)(
            destination.name,
            log=self.log,
            cursor=cursor,
            teller=self.teller(destination, layout),
            exchange=self.exchange(destination),
            dead_letters=dead_letters,
            pace=self.pace,
            random=self.jitter,
            now_s=self.now_s,
            period_s=destination.period_s,
            note=note,
        )
        if destination.paused:
            uploader.pause()
        return uploader

    def receiver(self, destination: Destination, layout: Layout, cursor: Cursor, note: Noting) -> Receiver:
        """A receiver of the realtime line."""
        receiver = Receiver(
            destination.name,
            cursor=cursor,
            teller=self.teller(destination, layout),
            exchange=self.exchange(destination),
            now_s=self.now_s,
            note=note,
        )
        if destination.paused:
            receiver.pause()
        return receiver

    def teller(self, destination: Destination, layout: Layout) -> Teller:
        """Tells it what it is to be told."""
        return Teller(
            layout,
            destination.content_type,
            lambda: Telling(self.license_key(), destination.content, self.compat()),
            destination.filter,
        )

    def exchange(self, destination: Destination) -> Exchange:
        """Brings bodies there, with a client of its own."""
        how = destination.transport
        session = post_session(how, destination.in_flight, reach=self.reach)
        return Exchange(session, destination.url, destination.timeout_s, self.now_s, how, self.reach)
