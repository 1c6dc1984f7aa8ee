"""Files of people as other programs write them: zips of Chinese Windows, sheets, and files of another box."""

import io
import zipfile

from openpyxl import Workbook

from sophon_report.report.bulk.feature_tar import FeatureTarWriter, Manifest


class _PlainName(zipfile.ZipInfo):
    """An entry whose name is bytes of some code page, and says nothing of it."""

    raw = b""

    def _encodeFilenameFlags(self):  # noqa: N802 - as zipfile calls it
        return self.raw, self.flag_bits & ~0x800


def zip_of(path, files, encoding=""):
    """A zip; with an ``encoding`` as old programs wrote them, without a mark that tells it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            info = _PlainName(name) if encoding else zipfile.ZipInfo(name)
            if encoding:
                info.raw = name.encode(encoding)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, content)
    return path


def xlsx_of(rows):
    """Bytes of a workbook with one sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def tar_of(path, people, embedder="sha", dim=4, has_photos=True, groups=()):
    """What another box exported: ``(person, names of groups, faces)`` each."""
    with path.open("wb") as file:
        writer = FeatureTarWriter(file, Manifest(embedder, dim, len(people), has_photos, tuple(groups)))
        for person, names, faces in people:
            writer.add(person, names, faces)
        writer.finish()
    return path
