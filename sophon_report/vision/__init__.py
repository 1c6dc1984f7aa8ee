"""From camera to shot: sources, engines, models, alignment, quality, and the worker that joins them.

Runs in a process of its own (a native crash or a stuck decoder here costs no client and no event). Stateless
but for its trackers; it knows no people. May import ``tracking``, ``store``, ``wire``, ``ops`` and below.
"""
