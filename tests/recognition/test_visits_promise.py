"""The promise of visits under any order of messages, held against a ledger that knows only the rules."""

from typing import Dict, List, Set, Tuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from scenes import RULES, SAME_COSINE, filed, known, ms, nobody, shot

from sophon_report.model import Device, DeviceType, PostAction, Progress, Recognition, Track, Visit
from sophon_report.recognition.visits import PROGRESS_MS, VisitBook

DEVICES = {name: Device(name, name, DeviceType.RTSP, "rtsp://10.0.0.9/") for name in ("door", "gate")}
devices = st.sampled_from(sorted(DEVICES))
tracks = st.integers(1, 5)
moments = st.sampled_from([0, 0, 0, -0.3, -1.5, 0.4])
"""How late or early a message is, in seconds."""


def is_person(entry) -> bool:
    return entry.match.identity is not None and entry.match.identity.filed_s is None


class Ledger:
    """What one reader of the journal may rely on."""

    def __init__(self) -> None:
        self.open: Dict[str, Recognition] = {}
        self.ended: List[Visit] = []
        self.progress: Dict[str, int] = {}
        self.ids: Set[str] = set()

    def read(self, entry) -> None:
        if isinstance(entry, Recognition):
            assert entry.event_id not in self.ids, "one recognition per event"
            assert entry.in_ms <= entry.recognised_ms
            self.ids.add(entry.event_id)
            self.open[entry.event_id] = entry
            self.progress[entry.event_id] = entry.in_ms
        elif isinstance(entry, Visit):
            told = self.open.pop(entry.event_id)  # KeyError: ended twice, or never told
            assert (entry.device, entry.in_ms, entry.recognised_ms) == (
                told.device,
                told.in_ms,
                told.recognised_ms,
            )
            assert entry.in_ms <= entry.recognised_ms <= entry.out_ms
            assert entry.match.identity or not told.match.identity, "a match is never taken back"
            if is_person(told):
                assert is_person(entry), "no stranger stands before a registered person"
            if is_person(entry):
                assert entry.post_action == "0", "nothing is asked about a person"
            self.ended.append(entry)
        else:
            assert isinstance(entry, Progress)
            assert entry.event_id in self.open
            assert entry.last_seen_ms >= self.progress[entry.event_id] + PROGRESS_MS
            self.progress[entry.event_id] = entry.last_seen_ms


class AnyOrder(RuleBasedStateMachine):
    """Two doors, five track numbers, people and strangers; messages late, early, doubled, lost."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.book = VisitBook(RULES, SAME_COSINE, lambda picture: picture.quality.clarity, self.next_id)
        self.ledger = Ledger()
        self.now = 0.0
        self.first_seen: Dict[Tuple[str, int], float] = {}
        self.accepted: List[Tuple[str, int]] = []

    def next_id(self) -> str:
        self.count += 1
        return str(self.count)

    def read(self, entries) -> None:
        for entry in entries:
            self.ledger.read(entry)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.6, 3.1, 12, 65]))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(
        device=devices,
        track=tracks,
        who=st.sampled_from(["ada", "bob", 1, 2, None, None]),
        action=st.sampled_from(PostAction),
        face=st.integers(0, 2),
        good=st.booleans(),
        clarity=st.integers(1, 9),
        moment=moments,
        doubled=st.booleans(),
    )
    def picture(self, *, device, track, who, action, face, good, clarity, moment, doubled):
        at = self.now + moment
        since = self.first_seen.setdefault((device, track), at)
        taken = shot(track, at, since=since, face=face, clarity=clarity, door=device)
        match = filed(who, 80 + clarity) if isinstance(who, int) else nobody(clarity)
        if isinstance(who, str):
            match, action = known(who, 80 + clarity), PostAction.NOTHING
        late = self.book.stats().late_messages
        self.read(self.book.shot(DEVICES[device], taken, match, good, action))
        if self.book.stats().late_messages == late:
            self.accepted.append((device, taken.captured_ms))
        if doubled:
            self.read(self.book.shot(DEVICES[device], taken, match, good, action))

    @rule()
    def two_strangers_are_one(self):
        self.book.renamed(filed(2).identity.identity_id, filed(1).identity)

    @rule(device=devices, listed=st.sets(tracks), moment=moments)
    def sign_of_life(self, device, listed, moment):
        now = self.now + moment
        there = [
            Track(number, ms(self.first_seen.setdefault((device, number), now)), ms(now - number / 10))
            for number in sorted(listed)
        ]
        self.read(self.book.seen(device, ms(now), there))

    @rule(device=devices, track=tracks, moment=moments)
    def face_leaves(self, device, track, moment):
        since = self.first_seen.get((device, track), self.now)
        self.read(self.book.track_end(device, Track(track, ms(since), ms(self.now + moment))))

    @rule(device=devices)
    def device_is_removed(self, device):
        self.read(self.book.device_lost(device))
        assert not [told for told in self.ledger.open.values() if told.device.device_id == device]

    @rule()
    def vision_is_lost(self):
        self.read(self.book.all_lost())
        self.first_seen.clear()
        self.nothing_received_was_lost()

    @invariant()
    def open_visits_are_those_told_and_not_ended(self):
        stats = self.book.stats()
        assert stats.open_visits == len(self.ledger.open)
        assert stats.recognitions - stats.visits == stats.open_visits

    def nothing_received_was_lost(self):
        assert not self.ledger.open
        for device, captured_ms in self.accepted:
            assert any(
                visit.device.device_id == device and visit.out_ms >= captured_ms for visit in self.ledger.ended
            ), "every picture that came is inside a visit"

    def teardown(self):
        self.read(self.book.close_all())
        self.nothing_received_was_lost()


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestAnyOrder = AnyOrder.TestCase
