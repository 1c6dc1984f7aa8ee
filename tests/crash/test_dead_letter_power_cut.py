"""The plug is pulled before every single change to the disk of dead letters: what was promised is there after."""

import contextlib
import errno
from pathlib import Path

import pytest
from journal_events import visit

from sophon_report.delivery.dead_letters import Bounds, DeadLetters
from sophon_report.delivery.letter import letter_of
from sophon_report.errors import BadMessage
from sophon_report.testing import CrashableFiles, PowerCut

FOLDER = Path("/dead")
SEEDS = range(6)
REFUSED = {"reason": "HTTP 400", "status": 400, "answer": "no", "attempts": 5, "now_ms": 1_760_000_000_000}
AGAIN = {**REFUSED, "reason": "HTTP 413", "attempts": 6}


def letter(seq, said):
    return letter_of(seq, visit(seq), **said)


class Worker:
    """What a worker and a person do to the letters of one destination, and what each was promised."""

    def __init__(self, files, bounds=Bounds()):  # noqa: B008 - frozen
        self.states = {}
        """By number what a start may find: ``None`` for no letter, else its reason and whether it is marked."""
        self._letters = DeadLetters(FOLDER, "platform", files=files, bounds=bounds)

    def live(self):
        for seq in range(1, 5):
            self._do(self._letters.add, [seq], ("HTTP 400", False), letter(seq, REFUSED), visit(seq))
        self._do(self._letters.resend, [1, 3], ("HTTP 400", True), [1, 3])
        self._do(self._letters.refused, [1], ("HTTP 413", False), letter(1, AGAIN), visit(1))
        self._do(self._letters.forget, [3], None, 3)
        self._do(self._letters.resend, [1, 2], {1: ("HTTP 413", True), 2: ("HTTP 400", True)}, [1, 2])
        self._do(self._letters.not_resent, [2], ("HTTP 400", False), 2)
        self._do(self._letters.give_up, [4], None, [4])
        self._do(self._letters.erase, [2], None, lambda event: event.event_id == visit(2).event_id)

    def _do(self, act, seqs, then, *arguments):
        after = {seq: then[seq] if isinstance(then, dict) else then for seq in seqs}
        before = {seq: self.states.get(seq, {None}) for seq in seqs}
        for seq in seqs:  # until it returns, both may be found
            self.states[seq] = before[seq] | {after[seq]}
        act(*arguments)
        for seq in seqs:
            self.states[seq] = {after[seq]}

    def check(self, files, *, may_go=False):
        """A start finds what was promised, whole, and nothing else.

        ``may_go``: there was no room, for a letter or for the new words of one.
        """
        letters = DeadLetters(FOLDER, "platform", files=files)
        found = {each.seq: (each.reason, each.resending) for each in letters.entries()}
        assert letters.count == len(found)
        assert found.keys() <= self.states.keys()
        for seq, allowed in self.states.items():
            old_words = {("HTTP 400", state[1]) for state in allowed if state} | {None}
            assert found.get(seq) in (allowed | old_words if may_go else allowed), seq
        for seq in found:
            assert letters.read(seq)[1].event_id == visit(seq).event_id
        assert not [path for path in files.paths() if path.suffix == ".tmp"]
        assert sum(files.size(path) for path in files.paths()) == letters.size_bytes


def all_changes():
    files = CrashableFiles()
    Worker(files).live()
    return files.changes


def test_a_life_without_a_cut_ends_as_it_should():
    """The check itself: one letter is left."""
    files = CrashableFiles()
    worker = Worker(files)
    worker.live()
    worker.check(files)
    assert worker.states == {1: {("HTTP 413", True)}, 2: {None}, 3: {None}, 4: {None}}


@pytest.mark.parametrize("cut_after", range(all_changes() + 1))
def test_every_cut_keeps_what_was_promised(cut_after):
    """A letter is there once its adding returned, a mark once its setting did; what went stays away."""
    for seed in SEEDS:
        files = CrashableFiles(cut_after=cut_after)
        worker = Worker(files)
        with contextlib.suppress(PowerCut):
            worker.live()
        worker.check(files.after_cut(seed))


@pytest.mark.parametrize("number", range(all_changes()))
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_an_error_at_any_change_costs_no_other_letter(number, code):
    """It is raised, or there was no room; a start after it finds every promise kept."""
    files = CrashableFiles()
    files.fault = lambda operation, _: code if operation != "read" and files.changes == number + 1 else None
    worker = Worker(files)
    with contextlib.suppress(OSError):
        worker.live()
    files.fault = None
    worker.check(files, may_go=code == errno.ENOSPC)
    worker.check(files.after_cut(number), may_go=code == errno.ENOSPC)


@pytest.mark.parametrize("cut_after", range(60))
def test_a_cut_while_the_oldest_make_room_costs_only_those(cut_after):
    """The newest that was promised is always there, and the folder never passes its bound."""
    files = CrashableFiles(cut_after=cut_after)
    promised = 0
    with contextlib.suppress(PowerCut):
        letters = DeadLetters(FOLDER, "platform", files=files, bounds=Bounds(letters=3))
        for seq in range(1, 10):
            letters.add(letter(seq, REFUSED), visit(seq))
            promised = seq
    for seed in SEEDS:
        after = DeadLetters(FOLDER, "platform", files=files.after_cut(seed), bounds=Bounds(letters=3))
        seqs = [each.seq for each in after.entries()]
        assert not any(each.damaged for each in after.entries())
        assert len(seqs) <= 3
        assert promised in seqs or not promised


@pytest.mark.parametrize("seed", SEEDS)
def test_a_removal_that_was_cut_can_be_done_again(seed):
    """At whichever change: then nothing is left."""
    for cut_after in range(12):
        files = CrashableFiles()
        letters = DeadLetters(FOLDER, "platform", files=files)
        for seq in (1, 2, 3):
            letters.add(letter(seq, REFUSED), visit(seq))
        files.cut_after = files.changes + cut_after
        with contextlib.suppress(PowerCut):
            letters.remove()
        left = files.after_cut(seed)
        DeadLetters(FOLDER, "platform", files=left).remove()
        assert left.paths() == []


def test_every_flipped_byte_is_noticed():
    """No damaged letter is ever told to a receiver."""
    files = CrashableFiles()
    letters = DeadLetters(FOLDER, "platform", files=files)
    letters.add(letter(1, REFUSED), visit(1))
    (path,) = files.paths()
    content = files.content(path)
    for place in range(len(content)):
        content[place] ^= 0x10
        with pytest.raises(BadMessage):
            letters.read(1)
        content[place] ^= 0x10
    assert letters.read(1)[0] == letter(1, REFUSED)
