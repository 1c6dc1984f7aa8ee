"""The line between the vision and the report process: typed messages, framed and bounded, on a Unix socket.

``messages`` and ``framing`` are pure; ``client`` (vision, blocking) and ``server`` (report, asyncio) carry the
bytes. Imports ``model``, ``config``, ``errors``.
"""
