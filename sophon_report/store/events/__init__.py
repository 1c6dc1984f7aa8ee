"""The event index's parts: its values, its tables, and what is read and written.

Used through ``store.event_index``.
"""
