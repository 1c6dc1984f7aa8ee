"""How the C library keeps memory that was given back, for a process that works on pictures.

As it comes, glibc hands large blocks back to the kernel and gets them anew, page by page: copying a detector's
answers, or decoding a picture, then takes several times as long as the work itself. Kept is a bounded amount: at
most :data:`ARENAS` pools, each with at most :data:`KEPT_BYTES` unused at its end.
"""

import ctypes

KEPT_BYTES = 32 << 20
LARGEST_BYTES = 32 << 20
"""Larger blocks go back at once; more than this glibc does not take."""
ARENAS = 4
"""Threads share so many pools; each thread of Python's would have its own, and Python lets one work at a time."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Of ``malloc.h``."""


def keep_memory() -> bool:
    """Have this process keep what it will need again; whether this C library can. Called before it has threads."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False  # not glibc: its own way stays
    wanted = ((_M_MMAP_THRESHOLD, LARGEST_BYTES), (_M_TRIM_THRESHOLD, KEPT_BYTES), (_M_ARENA_MAX, ARENAS))
    taken = [mallopt(parameter, value) for parameter, value in wanted]
    return all(taken)
