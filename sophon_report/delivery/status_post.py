"""Status reports on their way to one address, which no other address waits for.

A report is tried once: the next one says more than its repetition would. One waits at most; a newer one takes
its place, and the older is counted as skipped. An address that refuses gets the next report all the same.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Sequence, Set

import structlog

from sophon_report.delivery.exchange import PLAIN, Exchange, post_session
from sophon_report.delivery.outcome import Accepted, Outcome
from sophon_report.delivery.reach import Reach
from sophon_report.model import redact_url
from sophon_report.ops.ending import ended
from sophon_report.wire.status import CONTENT_TYPE

TIMEOUT_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True)
class StatusPostStats:
    """How the reports to one address do."""

    report: str
    """What is told: ``devices`` or ``box``."""
    url: str
    """Without a password; for those only who may see settings: of many receivers the path is the key."""
    number: int = 1
    """Which of the addresses, for everybody else."""
    accepted: int = 0
    failed: int = 0
    skipped: int = 0
    """Reports that a newer one replaced while the one before was still on its way."""
    last_error: str = ""
    """Why the last one failed; ``""`` when it was accepted."""


class StatusPost:
    """Posts to one address; nothing happens before :meth:`start`."""

    def __init__(self, report: str, url: str, exchange: Exchange) -> None:
        self._stats = StatusPostStats(report, redact_url(url))
        self._exchange = exchange
        self._waiting: Optional[bytes] = None
        self._wake = asyncio.Event()
        self._task: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="status")

    async def stop(self) -> None:
        """Drop what is under way and hang up."""
        if self._task is not None:
            await ended(self._task)
        await self._exchange.close()

    def put(self, body: bytes) -> None:
        """Send ``body`` as soon as the one before has its answer."""
        if self._waiting is not None:
            self._stats = replace(self._stats, skipped=self._stats.skipped + 1)
        self._waiting = body
        self._wake.set()

    def stats(self) -> StatusPostStats:
        """A snapshot."""
        return self._stats

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            body, self._waiting = self._waiting, None
            if body is not None:
                self._note((await self._exchange.post(body, CONTENT_TYPE)).outcome)

    def _note(self, outcome: Outcome) -> None:
        before = self._stats
        if isinstance(outcome, Accepted):
            self._stats = replace(before, accepted=before.accepted + 1, last_error="")
            if before.last_error:
                log.info("status_report_accepted_again", report=before.report, url=before.url)
            return
        self._stats = replace(before, failed=before.failed + 1, last_error=outcome.reason)
        if not before.last_error:
            log.warning("status_report_failed", report=before.report, url=before.url, reason=outcome.reason)


class StatusPosts:
    """The addresses that are told one kind of report.

    Args:
        report: which, for logs and figures.
        timeout_s: for one report.
        reach: where may be posted to.
    """

    def __init__(
        self,
        report: str,
        timeout_s: float = TIMEOUT_S,
        reach: Optional[Reach] = None,
    ) -> None:
        self._report, self._timeout_s, self._reach = report, timeout_s, reach
        self._posts: Dict[str, StatusPost] = {}
        self._new: List[StatusPost] = []
        self._leaving: Set[asyncio.Task[None]] = set()

    def wants(self, is_due: bool) -> bool:
        """Whether there is somebody to tell: anybody when a report ``is_due``, else a new address."""
        return bool(self._posts if is_due else self._new)

    def apply(self, urls: Sequence[str]) -> None:
        """Make ``urls`` the ones told; those that stay notice nothing."""
        for url in set(self._posts) - set(urls):
            self._leave(self._posts.pop(url))
        self._posts = {url: self._posts.get(url) or self._begin(url) for url in urls}
        self._new = [post for post in self._new if post in self._posts.values()]

    def put(self, body: bytes, only_new: bool = False) -> None:
        """Tell everybody, or those who have been told nothing yet."""
        for post in self._new if only_new else self._posts.values():
            post.put(body)
        self._new = []

    def stats(self) -> List[StatusPostStats]:
        """How each address does, in the order of the list."""
        return [replace(post.stats(), number=number) for number, post in enumerate(self._posts.values(), 1)]

    async def stop(self) -> None:
        """Drop what is under way and hang up everywhere."""
        self.apply(())
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _begin(self, url: str) -> StatusPost:
        session = post_session(PLAIN, 1, reach=self._reach)
        exchange = Exchange(session, url, self._timeout_s, time.time, PLAIN, self._reach)
        post = StatusPost(self._report, url, exchange)
        post.start()
        self._new.append(post)
        return post

    def _leave(self, post: StatusPost) -> None:
        task = asyncio.get_running_loop().create_task(post.stop(), name="status leaves")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
