"""Running it: logs, metrics, the framed link between the processes. Imports ``model``, ``config``, ``errors``."""
