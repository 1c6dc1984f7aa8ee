"""Following faces from frame to frame. Pure: stepped by the time given in; no thread, no clock, no I/O.

May import ``model``, ``config``, ``errors`` and the native core.
"""
