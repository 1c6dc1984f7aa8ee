"""The catalogue of sample photographs."""

import io
import tarfile
import zipfile

import pytest

from sophon_report.demo import pictures
from sophon_report.errors import ModelError


def test_everyone_who_took_a_picture_is_named():
    """With the basis of its use, and the notice where there is one."""
    told = "\n".join(pictures.credits())
    for picture in pictures.PICTURES:
        assert picture.name in told
        assert picture.photographer in told
        assert picture.basis in told
    assert "may not be manipulated" in told


def test_faces_lie_on_their_pictures():
    """Upright boxes of positive size."""
    for picture in pictures.PICTURES:
        left, top, right, bottom = picture.face
        assert 0 < left < right
        assert 0 < top < bottom


def test_another_picture_under_a_catalogued_name_is_refused(tmp_path):
    """The message has the file's name and hash; nothing is kept."""
    archives, into = tmp_path / "archives", tmp_path / "pictures"
    archives.mkdir()
    with tarfile.open(str(archives / "face_recognition-1.3.0.tar.gz"), "w:gz") as bundle:
        entry = tarfile.TarInfo(pictures.OBAMA_PORTRAIT.member.path)
        entry.size = 5
        bundle.addfile(entry, io.BytesIO(b"other"))
    with zipfile.ZipFile(str(archives / "scikit_image-0.26.0-cp311-any.whl"), "w") as wheel:
        wheel.writestr(pictures.COLLINS.member.path, b"other")
    with pytest.raises(ModelError, match=r"obama\.jpg.*SHA-256"):
        pictures.fetch_pictures(into, from_dir=archives)
    assert not list(into.glob("*.jpg"))
