"""Running it: logs, figures, ports, clock, the folder of all state. Imports ``model``, ``config``, ``errors``."""
