"""How the interpreter treats the threads and the objects of a process whose event loop must not stand still."""

import gc
import sys

SWITCH_S = 0.0005
SETTLED_S = 2.0
"""So long after its start a process has what it keeps to the end."""


def share_quickly() -> None:
    """Let no thread wait much longer than :data:`SWITCH_S` for one that computes in Python.

    The interpreter's own 5 ms are what a search that comes back from native code, or the event loop, would wait
    for a thread that registers people, each time it asks for the interpreter.
    """
    sys.setswitchinterval(SWITCH_S)


def start_without_collecting() -> None:
    """Collect no garbage while modules are loaded: a sixth of the time that takes. Ends with the next call."""
    gc.disable()


def keep_what_is_there() -> None:
    """Collect garbage once, leave what is there out of every later collection, and collect from now on.

    A full collection stops every thread. What the modules alone are made of takes it tens of milliseconds, and
    people who come in bulk set it off.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
