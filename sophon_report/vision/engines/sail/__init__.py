"""The engine of a box: models on its TPU through SAIL, the vendor's Python package (3.7.0 to 3.10.7).

Nothing but ``chip.py`` imports that package, and only when this engine was chosen.
"""
