"""Lists of addresses, as the vendor's calls set them, made into destinations: pure.

A destination is its name; its place in the journal goes with the name. So an address that stays keeps its name; a
changed one takes the name that became free and goes on from that place (a corrected typo must not lose what
waits); one that is gone is forgotten, and a new one gets a name of its own: ``history-1``, ``realtime-1``...
"""

import itertools
from dataclasses import replace
from typing import Collection, List, Sequence

from sophon_report.model import Destination

HISTORY_CONTENT = ("register_photo", "scene", "face", "infrared", "attributes")
REALTIME_CONTENT = ("register_photo",)
"""What of the content the calls have a word for; the rest is set by hand alone, and no call brings it back."""


def planned(
    stored: Sequence[Destination],
    urls: Sequence[str],
    like: Destination,
    content: Sequence[str] = HISTORY_CONTENT,
) -> List[Destination]:
    """The destinations of ``like.origin`` that ``urls`` make, in their order; those of other origins have no part.

    Args:
        stored: all destinations there are.
        urls: where to post, each once; none clears.
        like: how: origin, layout, content, content type and period. The rest counts for new ones only; what was
            set by hand of one that stays, such as its timeout, is kept.
        content: which of the content comes with ``like``.
    """
    mine = [each for each in stored if each.origin == like.origin]
    named = {each.url: each for each in reversed(mine) if each.url in urls}
    free = [each for each in mine if named.get(each.url) is not each]
    names = _new_names({each.name for each in stored}, like.origin, len(urls))
    made = []
    for url in urls:
        old = named.get(url) or (free.pop(0) if free else None)
        made.append(_changed(old, url, like, content) if old else replace(like, name=names.pop(0), url=url))
    return made


def _changed(old: Destination, url: str, like: Destination, content: Sequence[str]) -> Destination:
    return replace(
        old,
        url=url,
        enabled=old.enabled or old.url != url,
        layout=like.layout,
        content_type=like.content_type,
        content=replace(old.content, **{name: getattr(like.content, name) for name in content}),
        period_s=like.period_s,
    )


def _new_names(taken: Collection[str], origin: str, count: int) -> List[str]:
    names = (f"{origin}-{number}" for number in itertools.count(1))
    return list(itertools.islice((name for name in names if name not in taken), count))
