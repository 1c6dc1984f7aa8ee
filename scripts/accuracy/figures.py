"""What is to be said of the film: rates, scores, errors. Values in, values out."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Set, Tuple

import numpy as np
from filmed import Film, FilmedFace

from sophon_report.model import FloatArray
from sophon_report.score import PASS_PCT, score_pct

OTHER_PHOTO = "same person, the film shows another photograph than the registered one"
SAME_PHOTO = "same person, the film shows the registered photograph"
DIFFERENT = "different people"
SAME_IN_FILM = "same person, two moments of the film"
DIFFERENT_IN_FILM = "different people, two moments of the film"


@dataclass(frozen=True)
class FaceRates:
    """Of one person in the film."""

    person: str
    registered: bool
    faces: int
    """Frames in which the whole face is in the picture."""
    width_px: Tuple[float, float]
    found: int
    right: int
    """Found faces that pass as who they are."""
    wrong: int
    """Found faces that pass as somebody else."""


@dataclass(frozen=True)
class Following:
    """How the tracker followed the stays of the film."""

    stays: int
    tracks: int
    switches_ms: Tuple[int, ...]
    """Changes of a face's track inside a stay, when."""
    shared: int
    """Tracks that had faces of more than one person."""


def rates(film: Film, pass_cosine: float) -> List[FaceRates]:
    """How often the faces of each person are found, and taken for the right one."""
    told = []
    for number, member in enumerate(film.cast):
        faces = [face for face in film.faces if face.person == number and face.whole]
        passed = [who_passes(film, face, pass_cosine) for face in faces if face.feature is not None]
        widths = [face.width_px for face in faces]
        told.append(
            FaceRates(
                member.person,
                member.identity_id is not None,
                len(faces),
                (min(widths), max(widths)),
                len(passed),
                sum(who is not None and who == member.identity_id for who in passed),
                sum(who is not None and who != member.identity_id for who in passed),
            )
        )
    return told


def who_passes(film: Film, face: FilmedFace, pass_cosine: float) -> Optional[str]:
    """The registered person whom the service would name for this one picture."""
    scores = {identity_id: score(face, feature, pass_cosine) for identity_id, feature in film.registered.items()}
    best = max(scores, key=lambda identity_id: scores[identity_id])
    return best if scores[best] > PASS_PCT else None


def score(face: FilmedFace, feature: FloatArray, pass_cosine: float) -> float:
    """Of a face that was found, against a registered feature."""
    assert face.feature is not None
    return score_pct(float(face.feature @ feature), pass_cosine)


def scores_to_gallery(film: Film, pass_cosine: float) -> Dict[str, FloatArray]:
    """All whole faces of the film against all registered photographs."""
    groups: Dict[str, List[float]] = {OTHER_PHOTO: [], SAME_PHOTO: [], DIFFERENT: []}
    for face in film.faces:
        if face.feature is None or not face.whole:
            continue
        member = film.cast[face.person]
        for identity_id, feature in film.registered.items():
            if identity_id != member.identity_id:
                name = DIFFERENT
            else:
                name = SAME_PHOTO if member.registered == member.shown else OTHER_PHOTO
            groups[name].append(score(face, feature, pass_cosine))
    return {name: np.float32(values) for name, values in groups.items()}


def scores_in_film(film: Film, pass_cosine: float) -> Dict[str, FloatArray]:
    """Every two whole faces of the film against each other."""
    faces = [face for face in film.faces if face.feature is not None and face.whole]
    people = np.array([face.person for face in faces])
    features = np.stack([face.feature for face in faces])
    first, second = np.triu_indices(len(faces), 1)
    cosines = (features @ features.T)[first, second]
    same = people[first] == people[second]
    scores = np.float32([score_pct(float(cosine), pass_cosine) for cosine in cosines])
    return {SAME_IN_FILM: scores[same], DIFFERENT_IN_FILM: scores[~same]}


def following(film: Film) -> Following:
    """How often a face that stays changes its track."""
    switches_ms: List[int] = []
    people_of: Dict[int, Set[int]] = {}
    for stay in range(len(film.script.stays)):
        faces = [face for face in film.faces if face.stay == stay and face.track_id > 0]
        switches_ms += [later.time_ms for face, later in zip(faces, faces[1:]) if face.track_id != later.track_id]
    for face in film.faces:
        if face.track_id > 0:
            people_of.setdefault(face.track_id, set()).add(face.person)
    shared = sum(len(people) > 1 for people in people_of.values())
    return Following(len(film.script.stays), len(people_of), tuple(switches_ms), shared)


def time_errors_ms(film: Film) -> List[Tuple[str, int, int]]:
    """Who, and by how much in and out differ from the truth; negative: too early."""
    return [
        (pair.expected.person, pair.seen.in_ms - pair.expected.in_ms, pair.seen.out_ms - pair.expected.out_ms)
        for pair in film.comparison.pairs
        if pair.seen is not None
    ]


def male_rate(film: Film, person: int) -> Tuple[int, int, int]:
    """Single pictures of a person: told male, told female, not told."""
    told = [
        face.attributes.gender
        for face in film.faces
        if face.person == person and face.whole and face.score is not None
    ]
    return told.count("male"), told.count("female"), told.count(None)


def ages(film: Film, person: int) -> Sequence[float]:
    """Of the single pictures of a person."""
    return [
        face.attributes.age_years
        for face in film.faces
        if face.person == person and face.whole and face.attributes.age_years is not None
    ]
