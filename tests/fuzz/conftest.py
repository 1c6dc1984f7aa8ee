"""How long to look for an input that breaks a reader: a few hundred cases, or 100,000 with ``--long``."""

import pytest
from hypothesis import HealthCheck, given, settings


@pytest.fixture(params=[300, pytest.param(100_000, marks=pytest.mark.long)], ids="{} cases".format)
def hunt(request):
    """Runs ``rule(*values)`` on that many values of the strategies."""

    def run(rule, *strategies):
        chosen = settings(
            max_examples=request.param, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        chosen(given(*strategies)(rule))()

    return run
