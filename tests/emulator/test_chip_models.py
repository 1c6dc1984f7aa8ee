"""What the chips answer, bit by bit: compiled models on the vendor's emulators against onnxruntime.

Run by ``./scripts/test --emulator``, which makes the compiler's environment first. Compiled files are kept in
``var/emulator``; a second run asks only what was made anew. The detector is compiled for 160x160 here: the
emulator takes seconds for one such picture, and minutes for a camera's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.compiling.compiler import Compiler
from sophon_report.vision.compiling.emulator import answers
from sophon_report.vision.models.chip_files import BATCHES, CHIPS, PREFERENCE
from sophon_report.vision.models.chip_golden import golden_input
from sophon_report.vision.models.library import ModelLibrary

ROOT = Path(__file__).resolve().parents[2]
COMPILED = ROOT / "var" / "emulator"
COMPILER = Path(os.environ.get("COMPILER_VENV", ROOT / ".venv-compiler"))
pytestmark = [pytest.mark.emulator, pytest.mark.models, pytest.mark.timeout(0)]

FLOAT_COSINE = 0.9999
INT8_FEATURE_COSINE = 0.97
BOX_IOU = 0.9


@pytest.fixture(scope="session")
def figures():
    """A row for each compiled model: chip, role, precision, batch, and how far it agrees."""
    command = [
        *(sys.executable, "-m", "sophon_report.vision.compiling", "--compiler", str(COMPILER)),
        *("--models", str(ROOT / "var/models"), "--film", str(ROOT / "var/demo/media/demo.mp4")),
        *("--photographs", str(ROOT / "var/pictures"), "--out", str(COMPILED), "--detector-size", "160x160"),
        *("--figures", str(COMPILED / "figures.json")),
    ]
    COMPILED.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    rows = json.loads((COMPILED / "figures.json").read_text())
    return {(row["chip"], row["role"], row["precision"], row["batch"]): row for row in rows}


def combinations(role):
    return [
        pytest.param(chip, precision, batch, id=f"{chip}-{precision}-{batch}b")
        for chip, orders in PREFERENCE.items()
        for precision in orders[role]
        for batch in BATCHES
    ]


@pytest.mark.parametrize(("chip", "precision", "batch"), combinations("embedder"))
def test_a_feature_is_the_models_own(figures, chip, precision, batch):
    """Cosine to the feature of onnxruntime, the worst of the asked faces."""
    row = figures[chip, "embedder", precision, batch]
    assert row["cosine_min"] >= (INT8_FEATURE_COSINE if precision == "int8" else FLOAT_COSINE)


@pytest.mark.parametrize(("chip", "precision", "batch"), combinations("detector"))
def test_every_face_is_found_where_the_model_finds_it(figures, chip, precision, batch):
    """None missed, none added, every box nearly the same."""
    row = figures[chip, "detector", precision, batch]
    assert (row["faces_missed"], row["faces_added"]) == (0, 0)
    assert row["faces"] >= 3
    assert row["iou_min"] >= BOX_IOU
    if precision != "int8":
        assert row["cosine_min"] >= FLOAT_COSINE


@pytest.mark.parametrize(("chip", "precision", "batch"), combinations("attributes"))
def test_age_and_gender_are_the_models_own(figures, chip, precision, batch):
    """No goal is set for INT8, only that gender stays a hint of the same side and age of the same years."""
    row = figures[chip, "attributes", precision, batch]
    if precision == "int8":
        assert row["male_off_max"] <= 0.15
        assert row["age_off_max_years"] <= 5
    else:
        assert row["cosine_min"] >= FLOAT_COSINE
        assert row["age_off_max_years"] <= 0.1


@pytest.mark.parametrize("chip", CHIPS)
def test_what_was_compiled_is_opened_and_answers_its_golden_input(figures, chip):
    """The library takes it, its card is whole, and the emulator says again what the card says."""
    (large, small) = ModelLibrary(COMPILED).open_chip("detector", chip)
    assert (large.batch, small.batch) == (4, 1)
    for file in (large, small):
        asked = golden_input((file.batch, 3, 160, 160), file.card.mean, file.card.scale)
        outputs, _ = answers(Compiler(COMPILER), file.path, chip, asked)
        assert file.card.golden is not None
        assert file.card.golden.problem(outputs) == ""


def test_a_model_of_the_other_chip_is_refused(figures):
    """The emulator does not answer, and it is told as a model's error."""
    file = ModelLibrary(COMPILED).open_chip("detector", "BM1684")[-1]
    with pytest.raises(ModelError, match="gave no answer"):
        answers(Compiler(COMPILER), file.path, "BM1684X", np.zeros((1, 3, 160, 160), np.float32))
