"""Model files that are there, missing and changed."""

import hashlib
import shutil

import pytest
from command import VAR, command, write_config
from eye_model import DARK_EYES, eye_darkness

pytestmark = pytest.mark.models


@pytest.fixture
def changed(folder):
    """Settings of a folder whose detector has one byte changed; and the file."""
    config = write_config(folder)
    (folder / "d" / "models").unlink()
    shutil.copytree(VAR / "models", folder / "d" / "models")
    file = folder / "d" / "models" / "sources" / "face_detection_yunet_2023mar.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return config, file


def test_files_that_are_right_are_listed_and_verified(config):
    """Name, licence, state; and the models answer as they must."""
    listed = command("models", "list", "--config", config).stdout
    assert "yunet" in listed.lower()
    assert "missing" not in listed
    ended = command("models", "verify", "--config", config)
    assert (ended.returncode, ended.stdout) == (0, "all model files are right\n")


def test_missing_files_are_told_with_what_to_do(folder):
    """Verify is status 1 and names the command; list is a list."""
    ended = command("models", "verify", "--data-dir", folder / "d")
    assert ended.returncode == 1
    assert "is missing" in ended.stdout
    assert "models fetch" in ended.stdout
    assert "missing" in command("models", "--data-dir", folder / "d").stdout


@pytest.mark.parametrize("what", ["verify", "vision", "import"])
def test_a_changed_file_is_told_with_its_name_and_both_hashes(changed, folder, what):
    """Whoever would use it: status 1; nothing is computed with it."""
    config, file = changed
    (folder / "people").mkdir()
    (folder / "people" / "1__Somebody.jpg").write_bytes(b"never looked at")
    arguments = {
        "verify": ["models", "verify"],
        "vision": ["run", "--only", "vision"],
        "import": ["people", "import", folder / "people"],
    }[what]
    ended = command(*arguments, "--config", config)
    said = ended.stdout + ended.stderr
    right = hashlib.sha256((VAR / "models" / "sources" / file.name).read_bytes()).hexdigest()
    assert ended.returncode == 1
    assert f"{file} has SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}, must be {right}" in said


def test_what_was_made_of_a_file_is_checked_as_well(folder):
    """A changed ready model is told with its name and both hashes."""
    config = write_config(folder)
    (folder / "d" / "models").unlink()
    shutil.copytree(VAR / "models", folder / "d" / "models")
    for ready in (folder / "d" / "models" / "ready").glob("*.onnx"):
        right = hashlib.sha256(ready.read_bytes()).hexdigest()
        with ready.open("r+b") as file:
            file.write(b"\x00")
    ended = command("models", "verify", "--config", config)
    assert ended.returncode == 1
    assert f"was made with {right}" in ended.stdout


def test_a_model_of_attributes_and_its_card_are_held_against_each_other(folder):
    """Found by the command, before a camera finds it: the card left the activation out."""
    config = write_config(folder)
    model = eye_darkness(folder / "eyes.onnx", DARK_EYES)
    config.write_text(config.read_text() + f'\n[models]\nattributes = "{model}"\n')
    assert command("models", "verify", "--config", config).returncode == 0
    (folder / "eyes.onnx.toml").write_text(DARK_EYES.replace('activation = "sigmoid"\n', ""))
    ended = command("models", "verify", "--config", config)
    assert ended.returncode == 1
    assert "eyes.onnx: the numbers for glasses are no probabilities" in ended.stdout
