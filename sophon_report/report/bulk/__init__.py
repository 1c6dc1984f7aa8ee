"""People in bulk: what is read of a folder, a zip, a list or another box, and how it comes into the gallery.

``folder``, ``archive``, ``sheets`` and ``feature_tar`` each give rows in order, one at a time, and refuse row by
row; ``sources`` finds out which of them a path is. They read files and know no store. ``importing`` takes rows in
batches to a ``Registrar``: that of the running service, of a stopped one, or of a command beside a running one.
``exporting`` writes what ``feature_tar`` reads. All of this runs beside the event loop.
"""
