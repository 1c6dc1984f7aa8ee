"""What somebody far away needs to see why a box does not do what it should: one file, without secrets and people.

::

    sources ── what is asked and read, each within a bounded time ──► masking ──► bundle: a zip, mode 0600
"""
