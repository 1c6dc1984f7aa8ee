"""The people of a folder of portraits."""

import struct
import zlib

import pytest

from sophon_report.demo.cast import locate_face, own_cast, read_picture, sample_cast
from sophon_report.errors import BadImage, BadInput


def test_of_two_or_more_portraits_the_last_is_the_unknown(portraits):
    """In the order of their file names."""
    cast = own_cast(portraits("red", "green", "blue"))
    assert [(member.person, member.identity_id) for member in cast] == [
        ("red", "V-0"),
        ("green", "V-1"),
        ("blue", None),
    ]
    assert cast[2].registered is None


def test_a_single_portrait_is_registered(portraits):
    """A film of one person is about somebody known."""
    (member,) = own_cast(portraits("red"))
    assert member.identity_id == "V-0"
    assert member.file_name == "V-0__red.jpg"


def test_files_that_are_no_pictures_are_passed_over(portraits):
    """By their ending."""
    folder = portraits("red")
    (folder / "notes.txt").write_text("who is who")
    assert len(own_cast(folder)) == 1


@pytest.mark.parametrize("name", ["red.png", "__red.png", "7_red.png"])
def test_a_picture_without_id_and_name_is_refused(portraits, name):
    """The message has the file's name and the form."""
    folder = portraits("red")
    (folder / "V-0__red.png").rename(folder / name)
    with pytest.raises(BadInput, match=f"{name}: .*<id>__<name>"):
        own_cast(folder)


def test_an_id_is_one_persons(portraits):
    """Two portraits under one id are refused."""
    folder = portraits("red")
    (folder / "V-0__again.png").write_bytes((folder / "V-0__red.png").read_bytes())
    with pytest.raises(BadInput, match="V-0 is used twice"):
        own_cast(folder)


def test_an_empty_or_missing_folder_is_refused(tmp_path):
    """By name."""
    with pytest.raises(BadInput, match="there are 0"):
        own_cast(tmp_path)
    with pytest.raises(BadInput, match="nowhere"):
        own_cast(tmp_path / "nowhere")


def test_what_is_no_picture_is_refused_by_name(tmp_path):
    """Whatever it is called."""
    path = tmp_path / "1__text.jpg"
    for content in (b"", b"no picture"):
        path.write_bytes(content)
        with pytest.raises(BadImage, match=r"1__text\.jpg"):
            read_picture(path)


def test_a_picture_of_too_many_pixels_is_refused_by_name(tmp_path):
    """Whatever its file's size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 1 << 20, 1 << 20, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    path = tmp_path / "1__bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 100) + b"IDAT" + bytes(104))
    with pytest.raises(BadImage, match=r"1__bomb\.png"):
        read_picture(path)


def test_a_portrait_without_a_face_is_refused_by_name(portraits):
    """Before anything is made."""
    (member,) = own_cast(portraits("red"))
    with pytest.raises(BadImage, match=r"V-0__red\.png: no face") as refused:
        locate_face(member, read_picture(member.shown), lambda image: None)
    assert refused.value.reason == "no_face"


def test_the_sample_shows_another_picture_than_the_registered_one_where_there_are_two(tmp_path):
    """And one person of the sample is not registered at all."""
    cast = sample_cast(tmp_path)
    assert [member.registered == member.shown for member in cast] == [False, True, False]
    assert [member.identity_id is None for member in cast] == [False, False, True]
