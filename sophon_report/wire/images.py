"""Pictures as text: every layout says which of the two forms it takes; they are not to be unified.

Realtime WebSocket of firmware V6 (API "2.0") carries data URIs; realtime WebSocket of V5, the SE3 POST, all
asynchronous POSTs and the preview carry bare base64 (the vendor's samples begin with ``/9j/``).

The encoder is pybase64, ten times as fast as the standard library's: pictures are nearly all of an event, and with
the latter encoding them was a fifth of what sending costs.
"""

import pybase64

from sophon_report.model import Jpeg


def bare(jpeg: Jpeg) -> str:
    """Base64 of ``jpeg`` without line breaks; ``""`` for no picture."""
    return pybase64.b64encode_as_string(jpeg)


def data_uri(jpeg: Jpeg) -> str:
    """``data:image/jpeg;base64,...``; ``""`` for no picture."""
    return f"data:image/jpeg;base64,{bare(jpeg)}" if jpeg else ""
