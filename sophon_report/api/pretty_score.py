"""The scale of scores, as the interface before API 2.0 tells it: ``/SophonFogSys/api/PrettyScore``.

Scores run from 0 to 100 and pass above 82 by two straight lines (:mod:`sophon_report.score`). The vendor's box may
have another scale set; here it is one for all that is told, so setting it is not built.
"""

from typing import Any, Dict, List

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.score import PASS_PCT


class PrettyScoreCalls:
    """The one call."""

    def calls(self) -> List[Call]:
        """What is served."""
        return [Call("GET", "/SophonFogSys/api/PrettyScore", Need.READ, self.get)]

    async def get(self, _incoming: Incoming) -> Dict[str, Any]:
        """Lowest score, that of the pass mark, highest."""
        return {"data": {"threshold_range": [0.0, PASS_PCT, 100.0]}}
