"""Our own REST, ``/api/v1``: what the vendor's interfaces lack.

One :class:`~sophon_report.api.v1.operation.Operation` is one call: method, path, what it needs, the models of
its query, body and answer. The models check requests and make the OpenAPI document (``document``), so that neither
can say what the other does not. Each resource has a module of its own; an operation is served as any other call,
behind the same door, gate and bounds.

The rules that hold everywhere: JSON in and out, unknown fields refused by name; refusals as RFC 9457
(:mod:`sophon_report.api.problems`); pages by ``limit`` and ``offset``; lists, and whatever can be changed, with an
``ETag`` (``tags``); long work answers 202 with a job (``jobs``). Secrets go in and never come out.
"""
