"""Scores from 0 to 100 out of cosines, and the vendor's raw scale out of those.

::

    score_pct                                  The vendor shows scores from 0 to 100, passes above 82, and
      100 ┤               ╱ cosine 1           maps its model's raw values by two straight lines that meet
          │          ╱                         at raw 0.55 = 82 (149.0909 · raw below, 40 · raw + 60 above:
       82 ┤─────╱ pass_cosine                  vendor's configuration dump, firmware V5R7C01).
          │   ╱                                A model of ours has its own pass mark; the same two lines,
        0 ┤╱                                   bent at that mark, bring it to 82.
          └─────┴──────────────► cosine

For the default embedder (SFace 2021dec) the pass mark is cosine 0.489, measured on LFW (13,233 pictures): one in
100,000 pairs of different people passes, and 98.03 % of the pairs of the same. So 0.489 = 82 = raw 0.55, and a
client that compares a raw score with 0.55 decides as this service does.

**Identity cards.** The older ``compare`` has raw marks of its own: ``high`` 0.275, ``middle`` 0.225, ``low`` 0.175
(vendor, firmware V5R3C01). On the line above 0.225 would show as 33.5, which the vendor's newer ``compare`` calls
unlikely to be the same person, and by our model it is a cosine of 0.2: strangers reach that. So these marks belong
to another scale. What fixes it here are the words: ``high`` is very likely (82), ``low`` is possible (60),
``middle`` is between them (71); for the default embedder cosines of 0.489, 0.358 and 0.423. (OpenCV, who publish
it, put its mark for two pictures at 0.363.) A client that compares the score with 0.225 decides as this service
does.
"""

from typing import Mapping

PASS_PCT = 82.0
"""Where the lines meet: the vendor's default threshold."""
VENDOR_PASS_RAW = 0.55
POSSIBLE_PCT = 60.0
"""From here on the vendor calls it possible that two pictures are of one person."""
CARD_MARKS_RAW: Mapping[str, float] = {"high": 0.275, "middle": 0.225, "low": 0.175}
"""Of the photo on an identity card, by the vendor's words."""


def score_pct(cosine: float, pass_cosine: float) -> float:
    """Return the score of ``cosine``, 0 to 100, for a model with pass mark ``pass_cosine`` (0 to 1)."""
    return min(100.0, max(0.0, _two_lines(cosine, pass_cosine, PASS_PCT, 100.0)))


def cosine_of(score: float, pass_cosine: float) -> float:
    """Return the cosine that scores ``score``: the inverse of :func:`score_pct` from 0 to 100."""
    return _two_lines(score, PASS_PCT, pass_cosine, 1.0, top=100.0)


def vendor_raw(score: float) -> float:
    """Return ``score`` (0 to 100) on the vendor's raw scale, 0 to 1, for realtime v1 and the SE3 report."""
    return cosine_of(score, VENDOR_PASS_RAW)


def card_raw(score: float) -> float:
    """Return ``score`` (0 to 100) on the scale of :data:`CARD_MARKS_RAW`, 0 to 1."""
    low, high = CARD_MARKS_RAW["low"], CARD_MARKS_RAW["high"]
    if score < POSSIBLE_PCT:
        return low * score / POSSIBLE_PCT
    if score < PASS_PCT:
        return low + (high - low) * (score - POSSIBLE_PCT) / (PASS_PCT - POSSIBLE_PCT)
    return high + (1.0 - high) * (score - PASS_PCT) / (100.0 - PASS_PCT)


def _two_lines(value: float, knee: float, knee_to: float, top_to: float, top: float = 1.0) -> float:
    """Map 0, ``knee``, ``top`` to 0, ``knee_to``, ``top_to`` by two straight lines."""
    if value < knee:
        return knee_to * value / knee
    return knee_to + (top_to - knee_to) * (value - knee) / (top - knee)
