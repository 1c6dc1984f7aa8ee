"""Write the pages: ``PYTHONPATH=scripts:. python -m documents``."""

from documents import pages

for path, text in pages().items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
