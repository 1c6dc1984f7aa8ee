"""From decision to receiver: hub and WebSocket server (now), journal, cursors and uploader (never lost).

May import ``tracking``, ``store``, ``wire``, ``ops`` and below. ``hub`` decides and does no I/O.
"""
