"""The append-only store of events on disk; ``segment`` shows the bytes, ``journal`` gives the promise."""
