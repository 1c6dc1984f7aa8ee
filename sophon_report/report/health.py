"""Whether the service does its work: what makes it fail, and what is only amiss.

Failing (503) is what stops events altogether, so that a supervisor or a load balancer may act on it: no vision
process, a disk that takes nothing. A camera that is switched off, a receiver that is away are told as well, and
the status stays 200: the other cameras go on, and a restart of the service mends neither.
"""

from sophon_report.api.service import Health
from sophon_report.report.figures import Snapshot
from sophon_report.report.problems import FAILING, WARNING, found


def judge(now: Snapshot) -> Health:
    """Return the service's health from the figures of its parts."""
    problems = found(now)
    return Health(
        tuple(each.text for each in problems if each.severity == FAILING),
        tuple(each.text for each in problems if each.severity == WARNING),
    )
