"""Who it was and how long they stayed: gallery, visits, stranger library, enrolment rules.

May import ``tracking``, ``store``, ``wire``, ``ops`` and below. ``visits`` is pure: no clock, thread or socket.
"""
