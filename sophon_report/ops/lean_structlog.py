"""structlog, loaded without rich.

structlog takes rich in where it is installed, for tracebacks in colour that no line of ours has: 5 MB and half of
the time that structlog takes to load, in every process. Here it finds none; whoever wants rich later does. It must
be loaded here first, which :mod:`sophon_report.ops.logs` sees to; elsewhere ``import structlog`` is right.
"""

import sys

_HIDDEN = [name for name in ("rich",) if name not in sys.modules]
for _name in _HIDDEN:
    sys.modules[_name] = None  # type: ignore[assignment]  # what Python takes for "there is none"
try:
    import structlog
finally:
    for _name in _HIDDEN:
        del sys.modules[_name]

__all__ = ["structlog"]
