"""The history of events of a running service: the index, what feeds it, and the pictures."""

import contextlib
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from sophon_report import config
from sophon_report.delivery.journal import Journal
from sophon_report.ops.clock import clock_ms
from sophon_report.report.event_feed import EventFeed
from sophon_report.report.event_pictures import EventPictures
from sophon_report.store.event_index import EventIndex
from sophon_report.store.events.readers import READERS


@dataclass(frozen=True)
class History:
    """What was, and who writes it down."""

    index: EventIndex
    """To be asked, from a thread; :attr:`feed` alone writes to it."""
    feed: EventFeed
    pictures: EventPictures
    questions: Executor
    """Where the index is asked, and where long answers are written down. Threads of their own: however many ask,
    recognition finds its own free."""


def open_history(
    stack: contextlib.AsyncExitStack, path: Path, journal: Journal, bounds: Callable[[], config.Events]
) -> History:
    """Follow ``journal`` from now on; ``stack`` ends it. The file is opened beside the start of everything else.

    Args:
        stack: ends it before it ends the journal.
        path: of the index.
        journal: running.
        bounds: of the rows, as they are set now.
    """
    index = EventIndex(path)
    feed = EventFeed(journal, index, bounds, clock_ms)
    feed.start()
    stack.push_async_callback(feed.stop)
    questions = ThreadPoolExecutor(READERS, "event-questions")
    stack.callback(questions.shutdown, wait=False)
    return History(index, feed, EventPictures(journal), questions)
