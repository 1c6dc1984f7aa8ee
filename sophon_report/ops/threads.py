"""Work that would hold up the event loop: files, hashes, locks of the disk."""

import asyncio
from pathlib import Path
from typing import Callable, Optional, TypeVar

T = TypeVar("T")


async def in_thread(act: Callable[[], T]) -> T:
    """What ``act`` gives, done in a thread while the loop goes on; what it raises is raised here.

    One that has begun is not broken off by a cancellation: it ends by itself.
    """
    return await asyncio.get_running_loop().run_in_executor(None, act)


def waits_in_kernel(thread_id: Optional[int], tasks: Path = Path("/proc/self/task")) -> bool:
    """Whether a thread is in a wait that nothing can end, as for a disk that does not answer: state ``D``.

    Args:
        thread_id: as the kernel numbers it (``Thread.native_id``); ``None``: it has not begun.
        tasks: where the kernel shows them (``proc(5)``).
    """
    try:
        state = (tasks / str(thread_id) / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state == "D"
