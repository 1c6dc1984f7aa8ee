"""The dialects that share the event port, the newest first, and the page's."""

from typing import Dict

from sophon_report.wire import ws_page, ws_v1, ws_v2
from sophon_report.wire.subscription import Dialect

DIALECTS: Dict[str, Dialect] = {each.name: each for each in (ws_v2.DIALECT, ws_v1.DIALECT)}
"""By name, in the order in which a configuration's keys are looked for."""
ALL_DIALECTS: Dict[str, Dialect] = {**DIALECTS, ws_page.DIALECT.name: ws_page.DIALECT}
"""With that of pages, which nobody gets by a configuration on the event port."""


RESUME_GONE_KEY = "resume_gone"


def after_a_gap(body: bytes) -> bytes:
    """The event ``body`` with the sign that something before it, which the client had asked for, is gone. Ours."""
    return body[:-1] + f',"{RESUME_GONE_KEY}":true}}'.encode()
