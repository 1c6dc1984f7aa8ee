"""Face event reporting service for Sophon SE boxes.

Rooms, and who may import whom (a test walks the imports): ``app, cli, receiver, demo`` → ``api`` →
``vision, delivery, recognition`` → ``tracking, store, wire, ops, link`` → ``model, config, errors``.
Within one floor rooms do not import each other; nothing but tests imports ``testing``.
"""

__version__ = "0.1.0"
