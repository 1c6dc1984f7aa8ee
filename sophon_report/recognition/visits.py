"""Visits: from pictures of tracks to one decision and one ended stay per person and device.

The promise:

- A visit gives exactly one :class:`Recognition`, at its decision, and later exactly one :class:`Visit` with the
  same ``event_id``; between them at most one :class:`Progress` per 10 s. ``in_ms <= recognised_ms <= out_ms``.
- A track of which at least one picture came is never lost: it ends in a visit, own or joined.
- What is returned is in the order in which it is to be journaled.
- Messages that are late, early, doubled or out of order change nothing that was told.
- Only :meth:`VisitBook.forget` breaks the first two: the visits of a person who is erased end without a word.

A track, and the visit it leads to::

       picture of a person, or a stranger filed before: at once
    undecided ─┬─ unmatched, seen for stranger_after_s, one good picture ─┬─► joins an open visit of this person
               ├─ unmatched, seen for max_s, any picture                  │   on this device, or opens one
               └─ left, vision lost or service stopped, any picture ──────┘   (Recognition)

                    a track of the person          all tracks ended                gap_s passed
    visit:  ─► present ◄────────────────────► waiting ──────────────────────► left      (Visit, "left")
                  │ max_s since in_ms            │
                  ├─────────────────► a Visit ("max") and a new visit from its out_ms on, Recognition at once
                  └─ vision lost, service stopped ──► Visit ("lost", "restart"; "left" if it was waiting)

Whose visit a track joins. A match: the open visit whose best match is the same person; of two, the older. No
match: the open visit of a stranger whose best picture is nearest, when its cosine reaches the given mark. A
stranger of the library: as a match, else that of a stranger without an id, as no match. A track belongs to one
visit until it ends. Three consequences, chosen because they are simple and lose nothing:

- A stranger who matches later is not pushed again; the ended visit carries the best match. If that person has
  another open visit here, both go on and both end: each was told once and is ended once.
- When pictures of one track match two people, the match with the higher score stands; a registered person stands
  before a stranger of the library.
- A face that came back within ``gap_s`` but is not decided yet keeps the visits it may belong to from closing, at
  most ``stranger_after_s`` longer.

Time is what the messages say, per device, and runs forward. A clock that is set back by more than 2 s ends what is
open on that device as "lost" and begins anew. A visit closed by ``max_s`` ends when that was noticed, so that a
clock set forward by a year is one long visit and not a thousand.

Bounds: 64 devices (a further one takes the place of one where nobody is), 1,024 tracks a device, the last 1,024
ended tracks of a device remembered. A device or track over its bound is not followed, its messages are counted.
"""

from dataclasses import dataclass, replace
from typing import AbstractSet, Callable, Dict, FrozenSet, List, Optional, Sequence, Union

from sophon_report.config import VisitRules
from sophon_report.model import Device, Identity, Match, PostAction, Progress, Recognition, Shot, Track, Visit
from sophon_report.recognition.stay import Face, Known, Look, Stay, Terms, cosine

Entry = Union[Recognition, Visit, Progress]

MAX_DEVICES = 64
"""The largest box of the family takes 32 streams."""
MAX_TRACKS = 1024
MAX_GONE = 1024
PROGRESS_MS = 10_000
CLOCK_SET_BACK_MS = 2000
"""Messages of one device come in order but may be this late; a longer step back is another clock."""


@dataclass(frozen=True)
class VisitStats:
    """What the book holds and what it counted since it was made."""

    open_visits: int
    open_tracks: int
    recognitions: int
    visits: int
    refused_tracks: int
    """Messages about tracks over the bound."""
    refused_devices: int
    """Messages of devices over the bound, with somebody in front of every other one."""
    late_messages: int
    """Messages about tracks that had ended."""
    clock_steps: int


class _Door:
    """What happens in front of one device."""

    def __init__(self, next_event_id: Callable[[], str]) -> None:
        self.faces: Dict[int, Face] = {}
        self.stays: List[Stay] = []
        self.clock_ms = 0
        self.refused = self.late = self.clock_steps = 0
        self._gone: Dict[int, None] = {}
        self._next_event_id = next_event_id

    @property
    def idle(self) -> bool:
        """Whether nobody is there and no visit is open."""
        return not self.faces and not self.stays

    def shot(self, look: Look, good: bool, terms: Terms) -> List[Entry]:
        shot = look.shot
        is_new = shot.track_id not in self.faces and shot.track_id not in self._gone
        # The picture of a new face may be the first word of a clock that was set back.
        entries = self._set_clock(shot.captured_ms, terms) if is_new else []
        face = self._face(shot.track_id, min(shot.in_ms, shot.captured_ms), shot.captured_ms)
        if face is None:
            return entries
        self.clock_ms = max(self.clock_ms, shot.captured_ms)
        entries += self._close_left(terms)
        face.add(look, terms.rank)
        face.good |= good
        if face.stay is None and face.decided_by(look):
            entries += self._decide(face, look, terms)
        elif face.stay is None and (face.ended or face.settled(terms)):
            entries += self._decide(face, face.best, terms)
        return entries

    def seen(self, now_ms: int, tracks: Sequence[Track], terms: Terms) -> List[Entry]:
        entries = self._set_clock(now_ms, terms)
        for track in tracks:
            self._face(track.track_id, track.in_ms, track.out_ms)
        listed = {track.track_id for track in tracks}
        for face in list(self.faces.values()):
            if face.track_id not in listed and self.clock_ms - face.last_ms > terms.gap_ms:
                entries += self._end(face, terms)  # its track_end was lost
            elif face.stay is None and face.best and face.settled(terms):
                entries += self._decide(face, face.best, terms)
        for stay in list(self.stays):
            entries += self._age(stay, terms)
        return entries + self._close_left(terms)

    def track_end(self, track: Track, terms: Terms) -> List[Entry]:
        face = self._face(track.track_id, track.in_ms, track.out_ms)
        return self._end(face, terms) if face else []

    def end_all(self, ended_by: str, terms: Terms) -> List[Entry]:
        """Decide and close everything; track numbers may begin anew after it."""
        entries: List[Entry] = []
        for face in list(self.faces.values()):
            if face.stay is None and face.best:
                entries += self._decide(face, face.best, terms)
        for stay in list(self.stays):
            entries.append(self._close(stay, ended_by if stay.tracks else "left"))
        self.faces.clear()
        self._gone.clear()
        return entries

    def renamed(self, former_id: str, now: Identity) -> None:
        for stay in self.stays:
            stay.best = stay.best.renamed(former_id, now)
        for face in self.faces.values():
            face.best = face.best.renamed(former_id, now) if face.best else None

    def forget(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str]) -> List[str]:
        """Drop these stays, and every face that is in one or looks like one of these people."""
        gone = [stay for stay in self.stays if stay.identity_id in identity_ids or stay.event_id in event_ids]
        self.stays = [stay for stay in self.stays if stay not in gone]
        for face in list(self.faces.values()):
            identity = face.best.match.identity if face.best else None
            if face.stay in gone or (identity and identity.identity_id in identity_ids):
                del self.faces[face.track_id]
                if face.stay:
                    face.stay.tracks.discard(face.track_id)
        return [stay.event_id for stay in gone]

    def _set_clock(self, now_ms: int, terms: Terms) -> List[Entry]:
        entries: List[Entry] = []
        if now_ms < self.clock_ms - CLOCK_SET_BACK_MS:
            self.clock_steps += 1
            entries = self.end_all("lost", terms)
            self.clock_ms = now_ms
        self.clock_ms = max(self.clock_ms, now_ms)
        return entries

    def _face(self, track_id: int, in_ms: int, last_ms: int) -> Optional[Face]:
        """The face of a track with these times taken in; ``None`` when it has gone or is one too many."""
        face = self.faces.get(track_id)
        if face is None and track_id in self._gone:
            self.late += 1
            return None
        if face is None and len(self.faces) >= MAX_TRACKS:
            self.refused += 1
            return None
        if face is None:
            face = self.faces[track_id] = Face(track_id, min(in_ms, last_ms), last_ms)
        face.touch(in_ms, last_ms)
        return face

    def _decide(self, face: Face, look: Optional[Look], terms: Terms) -> List[Entry]:
        assert look is not None
        assert face.best is not None
        entries: List[Entry] = []
        stay = self._stay_of(face, look, terms)
        if stay is None:
            recognised_ms = max(face.in_ms, look.shot.captured_ms)
            stay = Stay(self._next_event_id(), face.in_ms, recognised_ms, face.last_ms, face.last_ms, face.best)
            self.stays.append(stay)
            entries.append(stay.recognition(look))
        else:
            stay.best = stay.best.merged(face.best, terms.rank)
        face.stay = stay
        face.touch(face.in_ms, face.last_ms)
        if not face.ended:
            stay.tracks.add(face.track_id)
        return entries

    def _stay_of(self, face: Face, look: Look, terms: Terms) -> Optional[Stay]:
        """The open visit that this face goes on with."""
        open_stays = [stay for stay in self.stays if stay.tracks or face.in_ms - stay.last_ms <= terms.gap_ms]
        if look.match.identity:
            wanted = look.match.identity.identity_id
            same = next((stay for stay in open_stays if stay.identity_id == wanted), None)
            if same is not None:
                return same
        alike = [
            (cosine(look.shot, stay.best.shot), number)
            for number, stay in enumerate(open_stays)
            if stay.may_be(look.match)
        ]
        nearest, number = max(alike, default=(-2.0, 0))
        return open_stays[number] if nearest >= terms.same_cosine else None

    def _end(self, face: Face, terms: Terms) -> List[Entry]:
        face.ended = True
        if face.stay:
            face.stay.tracks.discard(face.track_id)
            return []
        return self._decide(face, face.best, terms) if face.best else []

    def _age(self, stay: Stay, terms: Terms) -> List[Entry]:
        if not stay.tracks:
            return []
        if stay.last_ms - stay.in_ms >= terms.max_ms:
            return self._go_on(stay)
        if stay.last_ms - stay.told_ms >= PROGRESS_MS:
            stay.told_ms = stay.last_ms
            return [Progress(stay.event_id, stay.last_ms)]
        return []

    def _go_on(self, stay: Stay) -> List[Entry]:
        """End a visit that reached the longest time, and begin the next where it ended."""
        now_ms = stay.last_ms
        best = replace(stay.best, post_action=PostAction.NOTHING)  # the ended visit tells it
        following = Stay(self._next_event_id(), now_ms, now_ms, now_ms, now_ms, best, set(stay.tracks))
        for track_id in stay.tracks:
            self.faces[track_id].stay = following
        ended = self._close(stay, "max")
        self.stays.append(following)
        return [ended, following.recognition(following.best)]

    def _close_left(self, terms: Terms) -> List[Entry]:
        """Close the visits nobody came back to, and forget the tracks that cannot matter any more."""
        hold_ms = terms.gap_ms + terms.stranger_after_ms
        for face in [face for face in self.faces.values() if face.ended]:
            if self.clock_ms - face.last_ms > hold_ms:
                self._forget(face)
        return [self._close(stay, "left") for stay in list(self.stays) if self._left(stay, terms)]

    def _left(self, stay: Stay, terms: Terms) -> bool:
        away_ms = self.clock_ms - stay.last_ms
        if stay.tracks or away_ms <= terms.gap_ms:
            return False
        may_return = any(
            face.stay is None and not face.ended and face.in_ms - stay.last_ms <= terms.gap_ms
            for face in self.faces.values()
        )
        return away_ms > terms.gap_ms + terms.stranger_after_ms or not may_return

    def _close(self, stay: Stay, ended_by: str) -> Visit:
        self.stays.remove(stay)
        for face in [face for face in self.faces.values() if face.stay is stay]:
            self._forget(face)
        return stay.visit(ended_by)

    def _forget(self, face: Face) -> None:
        del self.faces[face.track_id]
        self._gone[face.track_id] = None
        if len(self._gone) > MAX_GONE:
            del self._gone[next(iter(self._gone))]


class VisitBook:
    """The open visits of all devices.

    Args:
        rules: gap, longest visit, stranger's time.
        same_cosine: cosine at or above which two unmatched faces are one stranger (the embedder's pass mark).
        rank: how good a picture is, the greater the better.
        next_event_id: gives a new id at each call.

    Every method returns what it decided, in the order in which it is to be journaled.
    """

    def __init__(
        self,
        rules: VisitRules,
        same_cosine: float,
        rank: Callable[[Shot], float],
        next_event_id: Callable[[], str],
    ) -> None:
        self._terms = Terms.of(rules, same_cosine, rank)
        self._next_event_id = next_event_id
        self._doors: Dict[str, _Door] = {}
        self._recognitions = self._visits = 0
        self._refused_devices = 0
        self._refused_tracks = self._late_messages = self._clock_steps = 0

    def apply(self, rules: VisitRules, same_cosine: float) -> None:
        """Go by new rules from now on; open visits stay open."""
        self._terms = Terms.of(rules, same_cosine, self._terms.rank)

    def shot(
        self,
        device: Device,
        shot: Shot,
        match: Match,
        good_enough: bool,
        post_action: PostAction = PostAction.NOTHING,
    ) -> List[Entry]:
        """Take a better picture of a track.

        Args:
            device: where it was taken.
            shot: the picture.
            match: the gallery's answer, or that of the stranger library.
            good_enough: whether it may make a stranger known.
            post_action: what the stranger library did on its account.
        """
        door = self._door(device.device_id)
        look = Look.at(device, shot, match, post_action)
        return self._count(door.shot(look, good_enough, self._terms) if door else [])

    def renamed(self, former_id: str, now: Identity) -> None:
        """Go on with open visits of ``former_id`` as those of ``now``: two filed strangers are one."""
        for door in self._doors.values():
            door.renamed(former_id, now)

    def seen(self, device_id: str, now_ms: int, tracks: Sequence[Track]) -> List[Entry]:
        """Take the device's time and all its open tracks: settle, close, tell progress."""
        door = self._door(device_id)
        return self._count(door.seen(now_ms, tracks, self._terms) if door else [])

    def track_end(self, device_id: str, track: Track) -> List[Entry]:
        """Take the end of a track; ``track.out_ms`` is when it was last seen."""
        door = self._door(device_id)
        return self._count(door.track_end(track, self._terms) if door else [])

    def device_lost(self, device_id: str) -> List[Entry]:
        """End what is open on a device that was removed; its place is free again."""
        return self._drop([device_id], "lost")

    def all_lost(self) -> List[Entry]:
        """End everything, vision has stopped; track numbers may begin anew."""
        return self._drop(list(self._doors), "lost")

    def close_all(self) -> List[Entry]:
        """End everything, this service stops."""
        return self._drop(list(self._doors), "restart")

    def forget(self, identity_ids: AbstractSet[str], event_ids: AbstractSet[str]) -> FrozenSet[str]:
        """Drop the open visits of these people and of these events without a word; returns their events' ids.

        Whoever still stands there is a new face from the next picture on.
        """
        doors = self._doors.values()
        return frozenset(event_id for door in doors for event_id in door.forget(identity_ids, event_ids))

    def known(self, device_id: str, track_ids: Sequence[int]) -> Dict[int, Known]:
        """What is known of these faces before a device, by track; those of no picture yet are left out."""
        door = self._doors.get(device_id)
        faces = (door.faces.get(track_id) for track_id in track_ids) if door else ()
        found = ((face.track_id, face.known()) for face in faces if face is not None)
        return {track_id: known for track_id, known in found if known is not None}

    def forget_all(self) -> None:
        """Drop everybody's open visits without a word; who still stands there is a new face."""
        for door in self._doors.values():
            door.faces.clear()
            door.stays.clear()

    def stats(self) -> VisitStats:
        """Counters and levels of this moment."""
        doors = self._doors.values()
        return VisitStats(
            open_visits=sum(len(door.stays) for door in doors),
            open_tracks=sum(len(door.faces) for door in doors),
            recognitions=self._recognitions,
            visits=self._visits,
            refused_tracks=self._refused_tracks + sum(door.refused for door in doors),
            refused_devices=self._refused_devices,
            late_messages=self._late_messages + sum(door.late for door in doors),
            clock_steps=self._clock_steps + sum(door.clock_steps for door in doors),
        )

    def _door(self, device_id: str) -> Optional[_Door]:
        door = self._doors.get(device_id)
        if door is None and len(self._doors) >= MAX_DEVICES:
            self._drop([name for name, each in self._doors.items() if each.idle][:1], "left")
        if door is None and len(self._doors) < MAX_DEVICES:
            door = self._doors[device_id] = _Door(self._next_event_id)
        self._refused_devices += door is None
        return door

    def _drop(self, device_ids: Sequence[str], ended_by: str) -> List[Entry]:
        entries: List[Entry] = []
        for device_id in device_ids:
            door = self._doors.pop(device_id, None)
            if door:
                entries += door.end_all(ended_by, self._terms)
                self._refused_tracks += door.refused
                self._late_messages += door.late
                self._clock_steps += door.clock_steps
        return self._count(entries)

    def _count(self, entries: List[Entry]) -> List[Entry]:
        self._recognitions += sum(isinstance(entry, Recognition) for entry in entries)
        self._visits += sum(isinstance(entry, Visit) for entry in entries)
        return entries
