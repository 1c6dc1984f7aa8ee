"""HTTP: health, metrics and the service's own administration calls, on TCP and on the local Unix socket.

May import ``vision``, ``delivery``, ``recognition`` and below; imported by ``app`` only.
"""
