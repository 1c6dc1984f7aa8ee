"""People, strangers, devices, destinations and settings in one SQLite file with numbered migrations.

SQLite features up to 3.31 only (Ubuntu 20.04). Imports ``model``, ``config``, ``errors``.
"""
