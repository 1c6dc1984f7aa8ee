"""Chip models: which ones are taken, when they are refused, and what their cards must say."""

import dataclasses

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.models.card import (
    CARDS,
    DECODES,
    ModelCard,
    card_path,
    card_text,
    chip_card_beside,
    example_card,
)
from sophon_report.vision.models.chip_files import PRECISIONS, PREFERENCE, chip_path, write_record
from sophon_report.vision.models.chip_golden import golden_input, golden_of
from sophon_report.vision.models.library import ModelLibrary

IDENTITY = "ab" * 32


def put(folder, chip, role, precision, batch, **card):
    path = chip_path(folder, chip, role, precision, batch)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"{chip} {role} {precision} {batch}".encode())
    card_path(path).write_text(card_text(dataclasses.replace(CARDS[role], **card)))
    write_record(path)
    return path


def test_a_chip_gets_all_batches_of_the_best_precision_the_largest_first(tmp_path):
    """One precision only: features and scores of two differ."""
    for precision in ("fp32", "fp16", "int8"):
        put(tmp_path, "BM1684X", "embedder", precision, 1, identity=IDENTITY)
    put(tmp_path, "BM1684X", "embedder", "fp16", 4, identity=IDENTITY)
    files = ModelLibrary(tmp_path).open_chip("embedder", "BM1684X")
    assert [(file.precision, file.batch) for file in files] == [("fp16", 4), ("fp16", 1)]
    assert {file.sha256 for file in files} == {IDENTITY}


def test_the_other_chips_models_are_not_taken(tmp_path):
    """The runtime would refuse them; the message says how to make the right ones."""
    put(tmp_path, "BM1684X", "detector", "int8", 4)
    with pytest.raises(ModelError, match=r"BM1684 has no detector: .*compile-models"):
        ModelLibrary(tmp_path).open_chip("detector", "BM1684")
    with pytest.raises(ModelError, match="CV186AH is unknown"):
        ModelLibrary(tmp_path).open_chip("detector", "CV186AH")


def test_no_precision_is_looked_for_that_a_chip_lacks_or_that_answers_wrongly():
    """The BM1684 has no fp16, and its int8 takes people for fifteen years younger."""
    for chip, precisions in PRECISIONS.items():
        assert all(set(order) <= set(precisions) for order in PREFERENCE[chip].values())
    assert PREFERENCE["BM1684"]["attributes"] == ("fp32",)


@pytest.mark.parametrize("part", ["model", "card"])
def test_a_chip_model_or_card_that_changed_after_it_was_made_is_not_opened(tmp_path, part):
    """Rot and half-copied folders are found before the chip gets them."""
    path = put(tmp_path, "BM1684", "detector", "int8", 1)
    changed = path if part == "model" else card_path(path)
    changed.write_bytes(changed.read_bytes() + b"\n")
    library = ModelLibrary(tmp_path)
    with pytest.raises(ModelError, match="was made with"):
        library.open_chip("detector", "BM1684")
    assert [file.state() for file in library.chip_files()] == ["wrong"]
    assert any(changed.name in problem for problem in library.verify())


@pytest.mark.parametrize("role", list(DECODES))
def test_a_bmodel_without_a_card_is_refused_with_an_example_that_works(tmp_path, role):
    """What a person copies out of the message is a card."""
    model = tmp_path / "vendor_int8_4b.bmodel"
    model.write_bytes(b"anything")
    with pytest.raises(ModelError) as error:
        ModelLibrary(tmp_path).open_chip(role, "BM1684", str(model))
    assert example_card(role) in str(error.value)
    card_path(model).write_text(example_card(role))
    (file,) = ModelLibrary(tmp_path).open_chip(role, "BM1684", str(model))
    assert file.card.decode in DECODES[role]
    assert len(file.sha256) == 64


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('decode = "scrfd"\ncolour = "rgb"\nmean = 0', "scale: missing"),
        ('decode = "scrfd"\ncolour = "rgb"\nmean = 0\nscale = 1.0\nanchors = 2', "anchors"),
        ('decode = "feature"\ncolour = "rgb"\nmean = 0\nscale = 1.0', '"yunet", "scrfd", "retinaface"'),
        ('decode = "scrfd"\ncolour = "rgb"\nmean = 0\nscale = 1.0\nidentity = "x"', "identity"),
        ('decode = "scrfd"\ncolour = "rgb"\nmean = 0\nscale = 1.0\n[golden]\ntolerance = 0.1', r"golden\.output"),
    ],
)
def test_a_card_with_a_mistake_is_refused_with_its_key(tmp_path, text, complaint):
    """Nothing of a bmodel is guessed."""
    model = tmp_path / "mine.bmodel"
    card_path(model).write_text(text)
    with pytest.raises(ModelError, match=complaint):
        chip_card_beside(model, "detector")


def test_a_card_reads_back_as_it_was_written(tmp_path):
    """Golden answers and all."""
    golden = golden_of([np.arange(24, dtype=np.float32).reshape(2, 3, 4)], tolerance=0.01)
    card = ModelCard("feature", "grey", (127.5, 127.5, 127.5), 0.0078125, 0.4, IDENTITY, golden)
    model = tmp_path / "mine.bmodel"
    card_path(model).write_text(card_text(card))
    read = chip_card_beside(model, "embedder")
    assert read.golden is not None
    assert dataclasses.replace(read, golden=None) == dataclasses.replace(card, golden=None)
    assert read.golden.outputs[0].readings == pytest.approx(golden.outputs[0].readings, rel=1e-6)


def test_a_golden_answer_finds_a_run_that_did_not_happen_and_a_picture_that_was_swapped():
    """Every picture of the batch is held against the readings; NaN is wrong, too."""
    right = np.stack([golden_input((1, 3, 8, 8))[0]] * 4)
    golden = golden_of([right], tolerance=0.01)
    assert golden.problem([right]) == ""
    assert "may be by" in golden.problem([np.full_like(right, np.nan)])
    swapped = right.copy()
    swapped[2] = swapped[2, ::-1]
    assert "picture 2" in golden.problem([swapped])
    assert "must be 1" in golden.problem([right, right])
    assert "must be (3, 8, 8)" in golden.problem([right[:, :, 1:]])


def test_the_golden_input_is_normalised_as_the_card_says():
    """The model sees what it would see of a picture."""
    plain, normal = golden_input((2, 3, 4, 5)), golden_input((2, 3, 4, 5), (1.0, 2.0, 3.0), 0.5)
    np.testing.assert_allclose(normal, (plain - np.array([1, 2, 3]).reshape(3, 1, 1)) * 0.5)
    assert normal.flags.c_contiguous
    assert golden_input((1, 1, 4, 5)).shape == (1, 1, 4, 5)
