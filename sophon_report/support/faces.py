"""The newest events with their pictures and names: taken along only when somebody asks for it."""

from pathlib import Path
from typing import Dict, List

from sophon_report.cli.journal import described, pictures_of
from sophon_report.delivery.journal import show, stat
from sophon_report.errors import NotFound
from sophon_report.model import Visit
from sophon_report.support.sources import Content

EVENTS = 20
LOOKED_AT = 400
"""Records, from the newest back."""


def newest_visits(journal: Path) -> Dict[str, Content]:
    """The last :data:`EVENTS` visits by the names of their files: what is known of each, and its pictures."""
    last_seq = stat(journal).last_seq
    found: Dict[str, Content] = {}
    visits: List[int] = []
    for seq in range(last_seq, max(0, last_seq - LOOKED_AT), -1):
        if len(visits) >= EVENTS:
            break
        try:
            record = show(journal, seq)
        except NotFound:
            continue
        if isinstance(record.value, Visit):
            visits.append(seq)
            found[f"faces/{seq}.json"] = described(record)
            pictures = pictures_of(record.value)
            found.update({f"faces/{seq}-{name}.jpg": jpeg for name, jpeg in pictures.items() if jpeg})
    return found
