"""How long to look for an input that breaks a reader: a few hundred cases, or 100,000 with ``--long``."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

FEW, MANY = 300, 100_000
MAX_GROWTH_BYTES = 256 << 20
"""What a few hundred inputs may cost in memory at their worst moment; the largest of them has some MB."""


@pytest.fixture(params=[FEW, pytest.param(MANY, marks=pytest.mark.long)], ids="{} cases".format)
def hunt(request):
    """Runs ``rule(*values)`` on that many values of the strategies, and holds the memory it takes to a bound."""

    def run(rule, *strategies):
        chosen = settings(
            max_examples=request.param, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        before = peak_bytes(anew=True)
        chosen(given(*strategies)(rule))()
        if request.param == FEW:  # a hundred thousand cases are remembered by the one who makes them
            assert peak_bytes() - before < MAX_GROWTH_BYTES

    return run


def peak_bytes(anew=False):
    """The most memory this process held, since it was last asked ``anew``."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) << 10
