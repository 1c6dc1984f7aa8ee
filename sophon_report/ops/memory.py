"""How the C library keeps memory that was given back: the process that works on pictures keeps it, the other not.

As it comes, glibc hands large blocks back to the kernel and gets them anew, page by page: copying a detector's
answers, or decoding a picture, then takes several times as long as the work itself. Kept is a bounded amount: at
most :data:`ARENAS` pools, each with at most :data:`KEPT_BYTES` unused at its end.

What was freed between things that stay glibc keeps by itself, in a pool for each thread: reading 10,000 faces once
left 30 MB behind in the report process (measured), which looks at no pictures and has a use for few pools.
"""

import ctypes
from typing import Any, Tuple

KEPT_BYTES = 32 << 20
LARGEST_BYTES = 32 << 20
"""Larger blocks go back at once; more than this glibc does not take."""
ARENAS = 4
"""Threads share so many pools; each thread of Python's would have its own, and Python lets one work at a time."""
FEW_ARENAS = 2
"""Of a process that computes nothing in threads of its own."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Of ``malloc.h``."""


def keep_memory() -> bool:
    """Have this process keep what it will need again; whether this C library can. Called before it has threads."""
    return _set((_M_MMAP_THRESHOLD, LARGEST_BYTES), (_M_TRIM_THRESHOLD, KEPT_BYTES), (_M_ARENA_MAX, ARENAS))


def keep_little() -> bool:
    """Have this process share few pools; whether this C library can. Called before it has threads."""
    return _set((_M_ARENA_MAX, FEW_ARENAS))


def give_back() -> bool:
    """Give the system what is free now, after much was read once; whether this C library can."""
    trim = _of_the_library("malloc_trim")
    if trim is None:
        return False
    trim(ctypes.c_size_t(0))
    return True


def _set(*wanted: Tuple[int, int]) -> bool:
    mallopt = _of_the_library("mallopt")
    if mallopt is None:
        return False  # not glibc: its own way stays
    taken = [mallopt(parameter, value) for parameter, value in wanted]
    return all(taken)


def _of_the_library(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None)
