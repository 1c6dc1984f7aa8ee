"""HTTP: who is let in, the vendor's calls, health, metrics and the service's own administration calls.

A request passes ``door`` (connections), ``front`` (routing, errors as JSON), ``doorkeeper`` and ``gate`` (may
it?), ``body`` and ``arguments`` (what does it say?), and one of the calls. May import ``vision``, ``delivery``,
``recognition`` and below; imported by the top floor only.
"""
