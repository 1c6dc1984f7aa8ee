"""Which events of its kind a destination is told: pure."""

from typing import Union

from sophon_report.model import EventFilter, Recognition, Visit


def passes(event: Union[Recognition, Visit], wanted: EventFilter) -> bool:
    """Whether ``event`` is one of ``wanted``: all that is named must fit, what is left empty fits everything.

    A device that was removed keeps its place in the list: its id meets no event any more.
    """
    return (
        (not wanted.device_ids or event.device.device_id in wanted.device_ids)
        and (not wanted.user_types or event.user_type in wanted.user_types)
        and (not wanted.min_score_pct or event.match.score_pct >= wanted.min_score_pct)
    )
