"""When was this person here: ``searchbyimage`` of API 2.0, and ``picturesearch`` before it.

One call looks through a window of the history, at most 50,000 records and 1,000 events (the vendor's bounds), and
says where it stopped. **Going on:** ``endtimestamp`` of a reply, given back as ``last_end_timestamp`` of the same
question (or as ``starttime``, while the oldest go first), continues without leaving out or repeating an event,
until ``have_more`` is false. It is the first millisecond that was not looked at, so a window holds whole
milliseconds only; one that alone has more than the bounds allow is told whole.

Where the documents leave a choice:

- ``starttime`` and ``endtime`` count themselves. Without ``reverse`` the oldest event comes first. A
  ``last_end_timestamp`` of 0 is none, as a client's first call has it.
- An event is found when its score is greater than ``threshold``, as everywhere (0 to 100, also in the older call;
  only what that one replies is on the vendor's raw scale).
- Only faces of the model in use are compared: after a change of the model, events from before it are not found.
- One search runs at a time, of either generation; another is refused until it has ended, or its caller has gone.
- ``picturesearch`` may look at less than 31 days. Its reply says where to go on as well, and has its ``retcode``
  under the name of the sample too; 0, since nothing failed.
- ``total_time`` is in milliseconds.
"""

import time
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Sequence

from aiohttp import web

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.errors import Refusal
from sophon_report.api.event_filters import MOST, texts_of, time_of
from sophon_report.api.events import EventService, FacePage, FaceQuestion
from sophon_report.api.long_answer import long_answer
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.api.pictures import FaceSeen, Pictures
from sophon_report.errors import BadImage
from sophon_report.link.messages import FacesAsked
from sophon_report.quality_limits import LEVEL_WORDS, LEVELS, Level, in_words
from sophon_report.score import PASS_PCT, vendor_raw
from sophon_report.wire import event_record
from sophon_report.wire.event_times import told

DAY_MS = 86_400_000
MONTH_MS = 31 * DAY_MS
ASKED = FacesAsked(attributes=False)


class SearchByImageCalls:
    """The two calls.

    Args:
        events: the history.
        pictures: finds the face of a picture.
        imports: the folder whose files may be named.
        level: what a word of the vendor's levels means now.
        times: unit of the times that API 2.0 tells, ``ms`` or ``s``.
        clock_ms: milliseconds since the epoch.
        threads: where long answers are written down.
    """

    def __init__(
        self,
        events: EventService,
        pictures: Pictures,
        imports: Path,
        level: Callable[[str], Level],
        times: Callable[[], str],
        clock_ms: Callable[[], int],
        threads: Executor,
    ) -> None:
        self._events, self._pictures, self._level = events, pictures, level
        self._read = PictureArguments(imports)
        self._times, self._clock_ms, self._threads = times, clock_ms, threads
        self._searching = False

    def calls(self) -> List[Call]:
        """Both."""
        return [
            Call("POST", "/sophon/v2/face/searchbyimage", Need.READ, self.search, ends_with_caller=True),
            Call("POST", "/SophonMatch/api/picturesearch", Need.READ, self.old_search, ends_with_caller=True),
        ]

    async def search(self, incoming: Incoming) -> web.Response:
        """``searchbyimage``."""
        given, began_s = incoming.arguments, time.monotonic()
        question = _Question(given, self._clock_ms(), given.texts("media_device_ids", [], most=MOST))
        level = self._level(given.text("fiqa_level", "", words=(*LEVEL_WORDS, "")) or Level.LOW.value)
        with self._one_at_a_time():
            found = await self._found(given, question, level)
        unit = self._times()
        return await long_answer(
            self._threads,
            lambda: {
                "events": [event_record.found(event, round(score, 4), unit) for event, score in found.events],
                "have_more": found.have_more,
                "total_time": _ms_since(began_s),
                "endtimestamp": told(found.next_ms, unit),
            },
        )

    async def old_search(self, incoming: Incoming) -> web.Response:
        """``picturesearch``."""
        given, began_s = incoming.arguments, time.monotonic()
        question = _Question(given, self._clock_ms(), texts_of(given, "device_id_list"))
        if question.to_ms - question.from_ms >= MONTH_MS:
            raise bad("starttime", "must be less than a month (31 days) before endtime")
        level = self._level(given.text("fiqa_level", "", words=(*LEVEL_WORDS, "")) or Level.NO.value)
        with self._one_at_a_time():
            found = await self._found(given, question, level)
        return await long_answer(self._threads, lambda: {"data": _old_reply(found, _ms_since(began_s))})

    async def _found(self, given: Arguments, question: "_Question", level: Level) -> FacePage:
        picture = await self._read.needed(given, "face_image_path", "face_image_base64")
        face = (await self._pictures.faces_of(picture, ASKED))[0]
        _refuse_poor(face, level)
        return await self._events.look_for(question.about(face.embedding))

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if self._searching:
            raise Refusal("ANOTHER_PICTURE_SEARCH_RUNNING_ERROR", "another search runs: try again")
        self._searching = True
        try:
            yield
        finally:
            self._searching = False


class _Question:
    """What is asked, but for the face; refuses what is wrong with it."""

    def __init__(self, given: Arguments, now_ms: int, device_ids: Sequence[str]) -> None:
        from_ms, to_ms = time_of(given, "starttime"), time_of(given, "endtime")
        self.to_ms = now_ms if to_ms is None else to_ms
        self.from_ms = now_ms - DAY_MS if from_ms is None else from_ms
        self._next_ms = time_of(given, "last_end_timestamp") or None
        self._threshold_pct = given.number("threshold", PASS_PCT, low=0, high=100)
        self._device_ids = tuple(device_ids)
        self._newest_first = given.flag("reverse", default=False)

    def about(self, embedding: bytes) -> FaceQuestion:
        """The question about a face."""
        from_ms, to_ms = self.from_ms, self.to_ms
        if self._next_ms is not None and self._newest_first:
            to_ms = min(to_ms, self._next_ms)
        elif self._next_ms is not None:
            from_ms = max(from_ms, self._next_ms)
        return FaceQuestion(embedding, self._threshold_pct, from_ms, to_ms, self._device_ids, self._newest_first)


def _refuse_poor(face: FaceSeen, level: Level) -> None:
    lacks = in_words(face.quality, LEVELS[level])
    if lacks:
        raise BadImage("low_quality", lacks)


def _old_reply(found: FacePage, total_ms: float) -> Dict[str, Any]:
    return {
        "event_list": [
            event_record.found(event, round(vendor_raw(score), 6), "ms") for event, score in found.events
        ],
        "retcode": 0,
        "ret_code": 0,
        "total_count": len(found.events),
        "have_more": found.have_more,
        "total_time": total_ms,
        "endtimestamp": found.next_ms,
    }


def _ms_since(began_s: float) -> float:
    return round((time.monotonic() - began_s) * 1000, 3)
