"""Many looks at once, each in a thread of its own, and a bound on the time of all of them.

A TPU that hangs, a name server that is silent or a disk that does not answer keeps one look, and none of the
others. What is not done in time goes on by itself and is passed over: the threads are daemons, so they do not keep
the process from ending.
"""

import queue
import threading
import time
from typing import Callable, Dict, Hashable, Mapping, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def all_within(limit_s: float, looks: Mapping[Key, Callable[[], Value]]) -> Dict[Key, Value]:
    """What each of ``looks`` returned; those that took longer than ``limit_s`` are missing.

    A look must not raise: one that does is missing as well.
    """
    answers: queue.SimpleQueue[Dict[Key, Value]] = queue.SimpleQueue()

    def do(key: Key, look: Callable[[], Value]) -> None:
        found: Dict[Key, Value] = {}
        try:
            found[key] = look()
        finally:
            answers.put(found)

    for key, look in looks.items():
        # Not named by the key, which may be an address with a key in it: names stand in tracebacks.
        threading.Thread(target=do, args=(key, look), name="look", daemon=True).start()
    done: Dict[Key, Value] = {}
    over_s = time.monotonic() + limit_s
    for _ in looks:
        try:
            done.update(answers.get(timeout=max(0.0, over_s - time.monotonic())))
        except queue.Empty:
            break
    return done
