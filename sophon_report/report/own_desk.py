"""What our own REST asks that no other part answers by itself; what writes to the disk does so in a thread."""

import asyncio
import time
from typing import Callable, Optional, Sequence, Tuple

from sophon_report import __version__
from sophon_report.api.call import Incoming, Need
from sophon_report.api.v1.status import Status
from sophon_report.config import DestinationSeed
from sophon_report.delivery.body_preview import BodyPreviews
from sophon_report.delivery.trial import Trial
from sophon_report.model import Destination, Role
from sophon_report.ops.clock import clock_ms
from sophon_report.report import figures
from sophon_report.report.running import Parts, RunningService
from sophon_report.store.audit import AuditLine
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.tokens import Token, TokenStore
from sophon_report.wire.ws_page import DIALECT


class OwnDesk:
    """Tokens, audit, rights and status of one running service."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._service = parts, RunningService(parts)
        self._shelf = parts.shelf
        self._store = TokenStore(parts.shelf.database)
        self._receivers = DestinationStore(parts.shelf.database)
        self._began_s = time.monotonic()

    async def tokens(self) -> Sequence[Token]:
        """All tokens by name."""
        return await self._shelf.do(self._store.list)

    async def make_token(self, name: str, role: Role) -> str:
        """Make a token and return it."""
        return await self._shelf.do(lambda: self._store.create(name, clock_ms(), role))

    async def revoke_token(self, name: str) -> None:
        """Make a token worthless."""
        await self._shelf.do(lambda: self._store.revoke(name))

    async def audit_lines(self, text: str, limit: int, offset: int) -> Tuple[Sequence[AuditLine], int]:
        """Lines of the audit in which ``text`` stands, the newest first, and how many there are."""
        audit = self._parts.audit
        return await asyncio.get_running_loop().run_in_executor(None, audit.search, text, limit, offset)

    async def all_destinations(self) -> Sequence[Destination]:
        """In the order in which they were added."""
        return await self._shelf.do(self._receivers.list)

    async def destination(self, name: str) -> Destination:
        """One of them."""
        return await self._shelf.do(lambda: self._receivers.get(name))

    async def add_destination(self, seed: DestinationSeed) -> Destination:
        """Deliver to one more."""
        wanted = seed.destination(self._parts.journal.last_seq)
        await self._parts.destination_changes.add(wanted)
        return wanted

    async def change_destination(self, name: str, become: Callable[[Destination], Destination]) -> Destination:
        """Deliver otherwise."""
        return await self._parts.destination_changes.change(name, become)

    async def remove_destination(self, name: str, check: Callable[[Destination], None]) -> None:
        """Deliver to one less, and forget what waits for it."""
        await self._parts.destination_changes.remove(name, check)

    async def try_out(self, destination: Destination) -> Trial:
        """Post a sample event to a destination that need not be stored."""
        return await self._parts.destinations.try_out_as(destination)

    async def preview(self, destination: Destination, only: Optional[str], whole: bool) -> BodyPreviews:
        """What a sample event looks like to a destination that need not be stored."""
        return await self._parts.destinations.preview(destination, only, whole)

    def may(self, need: Need, incoming: Incoming) -> bool:
        """Whether the caller may do what needs ``need``; on the local socket everybody may."""
        return not incoming.peer or self._parts.doorkeeper.may(need, incoming.peer, incoming.bearer)

    def role(self, incoming: Incoming) -> Optional[Role]:
        """What the caller's credentials are good for; ``None`` without any."""
        return self._parts.doorkeeper.role(incoming.bearer)

    def status(self) -> Status:
        """How the box does now."""
        now, jobs = self._service.snapshot(), self._parts.jobs.stats()
        health = self._service.health()
        states = [row["state"] for row in figures.device_rows(now.devices, now.states)]
        return Status(
            version=__version__,
            now_ms=now.now_ms,
            uptime_s=round(time.monotonic() - self._began_s),
            health=health.status,
            wrong=list(health.reasons),
            vision=now.connected,
            devices={state: states.count(state) for state in sorted(set(states))},
            faces=now.people.faces,
            clients=sum(row.dialect != DIALECT.name for row in now.clients.clients),
            backlog=sum(row.backlog for row in now.destinations),
            refused=sum(row.dead_letters for row in now.destinations),
            open_visits=now.visits.open_visits,
            jobs=jobs.open,
            waiting_for_restart=list(self._parts.live.waiting),
        )
