"""The plug is pulled before every change to the disk while segments are written anew."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from journal_events import progress, recognition, visit

from sophon_report.delivery.journal import records, verify
from sophon_report.delivery.journal.limits import Limits
from sophon_report.delivery.journal.reader import Reader
from sophon_report.delivery.journal.segment_log import SegmentLog
from sophon_report.delivery.journal.tending import Tending, Wanted
from sophon_report.model import Match
from sophon_report.testing import CrashableFiles, PowerCut

FOLDER = Path("/journal")
DAY_MS = 86_400_000
NOW_MS = 1_760_000_000_000
LIMITS = Limits(max_bytes=1 << 30, max_age_ms=1000 * DAY_MS, segment_bytes=6000, pictures_max_age_ms=5 * DAY_MS)
EVE = replace(recognition(0).match.identity, identity_id="Eve-工", name="Eve", photo_jpeg=b"\xff\xd8eve")
TRACES = (EVE.identity_id.encode(), EVE.photo_jpeg)


class Box:
    """A journal with Eve in it, over several lives."""

    def __init__(self):
        self.files = CrashableFiles()
        self.now_ms = NOW_MS
        self.noted = frozenset()
        """What is stored elsewhere of an erasing that has begun."""
        log = self.start()
        for number in range(1, 25):
            match = Match(EVE, 99.0) if number % 5 == 0 else recognition(1).match
            early = Match(None, 9.0) if number % 10 == 0 else match
            self.append(log, replace(recognition(number), match=early), progress(number, NOW_MS))
            if number not in (5, 15):
                self.append(log, replace(visit(number), match=match))
            self.now_ms += DAY_MS
        self.append(log, visit(5))  # somebody else in the end: the event is Eve's by its first record
        self.others = {seq: event for seq, event in self.told(log).items() if int(event.event_id) % 5}
        assert 0 < len(self.others) < log.last_seq

    def start(self):
        return SegmentLog(FOLDER, LIMITS, clock_ms=lambda: self.now_ms, files=self.files)

    def append(self, log, *events):
        seq = max(log.next_seq, log.last_seq + 1)
        log.commit([records.entry_of(seq + index, event) for index, event in enumerate(events)])

    def told(self, log):
        return {
            record.seq: record.value for record in Reader(self.files, lambda: log.segments).read(0, 10**6, 10**9)
        }

    def erase(self, log):
        def decided(event_ids, _records):
            self.noted = frozenset(event_ids)

        keeper = Tending(self.files, log, lambda step: step(log), lambda: False)
        keeper.erase(Wanted(frozenset({EVE.identity_id}), self.noted, decided=decided))

    def strip(self, log):
        self.now_ms += DAY_MS
        keeper = Tending(self.files, log, lambda step: step(log), lambda: False)
        while keeper.strip_next():
            pass

    def cut(self, seed):
        self.files = self.files.after_cut(seed)


def changes_of(job):
    box = Box()
    log = box.start()
    before = box.files.changes
    job(box, log)
    return box.files.changes - before


def cut_during(job, cut_after, seed):
    """A box whose plug was pulled within ``job``."""
    box = Box()
    log = box.start()
    box.files.cut_after = box.files.changes + cut_after
    with contextlib.suppress(PowerCut):
        job(box, log)
    box.cut(seed)
    return box


@pytest.mark.parametrize("cut_after", range(changes_of(Box.erase)))
def test_an_erasing_that_was_cut_off_loses_no_other_event_and_is_finished_by_the_next_one(cut_after):
    """Old or new, each segment is whole; in the end nothing is left of the person, nor of a copy."""
    for seed in range(2):
        box = cut_during(Box.erase, cut_after, seed)
        log = box.start()
        assert box.others.items() <= box.told(log).items()
        assert not [path for path in box.files.paths() if path.suffix == ".tmp"]
        box.erase(log)
        assert box.told(log) == box.others
        log = box.start()
        assert box.told(log) == box.others
        assert not log.open_visits.forget({int(event_id) for event_id in box.noted})
        content = b"".join(bytes(box.files.content(path)) for path in box.files.paths())
        assert not any(trace in content for trace in TRACES)
        assert verify(FOLDER, box.files).is_whole


@pytest.mark.parametrize("cut_after", range(0, changes_of(Box.strip), 3))
def test_a_stripping_that_was_cut_off_goes_on_where_it_was(cut_after):
    """Every record is there, with its pictures or without."""
    box = cut_during(Box.strip, cut_after, cut_after)
    log = box.start()
    seqs = box.told(log).keys()
    box.strip(log)
    assert box.told(log).keys() == seqs
    old = [segment for segment in log.segments[:-1] if segment.without_pictures]
    assert old
    assert not any(event.shot.face_jpeg for seq, event in box.told(log).items() if seq == 1)
    assert verify(FOLDER, box.files).is_whole
