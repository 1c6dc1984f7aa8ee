"""The vendor's layouts: one module each, pure functions from values to bytes. Dicts live here and nowhere below.

Imports ``model``, ``config`` and ``errors`` only; no asyncio, socket, thread or clock.
"""
