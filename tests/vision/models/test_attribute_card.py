"""Cards of models of attributes: what they may say, and the words for what they may not."""

from pathlib import Path

import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.models.attribute_card import AttributeCard, AttributeOutput
from sophon_report.vision.models.card import CARDS, ModelCard, card_beside

GLASSES = '[outputs.glasses]\nclasses = ["no", "yes"]\nactivation = "softmax"\n'


def card(tmp_path, text):
    (tmp_path / "m.onnx.toml").write_text(text)
    return card_beside(tmp_path / "m.onnx", "attributes")


def test_a_card_says_everything_about_its_model(tmp_path):
    """Two outputs, the glasses with sunglasses as a kind of them, the age by classes."""
    text = """
decode = "classes"
colour = "rgb"
mean = 127.5
scale = 0.0078125
crop_factor = 1.2

[outputs.glasses]
classes = ["no", "yes", "yes"]
activation = "softmax"
threshold = 0.7

[outputs.age]
output = 1
years = [3, 10, 25, 50, 75]
activation = "softmax"
"""
    glasses = AttributeOutput(
        "glasses", activation="softmax", classes=("no", "yes", "yes"), yes_from=0.7, no_to=pytest.approx(0.3)
    )
    age = AttributeOutput("age", 1, activation="softmax", years=(3, 10, 25, 50, 75))
    assert card(tmp_path, text) == ModelCard(
        "classes", "rgb", (127.5,) * 3, 0.0078125, attributes=AttributeCard("box", 1.2, 0, (glasses, age))
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_card_of_the_documents_is_one(tmp_path, language):
    """Whoever copies it begins with something that is taken."""
    page = Path(__file__).resolve().parents[3] / "docs" / language / "cameras-and-models.md"
    blocks = page.read_text(encoding="utf-8").split("```")
    [shown] = [block for block in blocks if 'decode = "classes"' in block]
    read = card(tmp_path, shown[len("toml") :])
    assert [each.attribute for each in read.attributes.outputs] == ["mask", "age"]


def test_a_model_of_classes_is_fed_plainly_unless_its_card_says_otherwise(tmp_path):
    """The default model's mean is that model's own; a card without a word on decoding is about such a one."""
    assert card(tmp_path, 'decode = "classes"\n' + GLASSES).mean == (0, 0, 0)
    assert card(tmp_path, 'colour = "rgb"').mean == CARDS["attributes"].mean


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('decode = "classes"', "outputs"),
        ('decode = "faceres"\n' + GLASSES, "outputs"),
        (GLASSES, "outputs"),
        ('decode = "classes"\nsize = 3\n' + GLASSES, "size"),
        ('decode = "classes"\ncrop = "whole"\n' + GLASSES, "crop"),
        ('decode = "classes"\ncrop = "aligned"\ncrop_factor = 1.2\n' + GLASSES, "crop_factor means nothing"),
        ('decode = "classes"\n' + GLASSES + "beard = 1", "outputs.glasses.beard"),
        ('decode = "classes"\n' + GLASSES + "threshold = 0.3", "outputs.glasses.threshold"),
        ('decode = "classes"\n' + GLASSES + "columns = [1]", "columns names 1 numbers, 2 are explained"),
        ('decode = "classes"\n' + GLASSES + "years = [1, 2]", "years means nothing"),
        ('decode = "classes"\n[outputs.beard]\nclasses = ["no", "yes"]', '"beard" is unknown'),
        ('decode = "classes"\n[outputs.gender]\nclasses = ["no", "yes"]', '"female" and "male"'),
        ('decode = "classes"\n[outputs.mask]\nclasses = ["no", "no"]', "both words"),
        ('decode = "classes"\n[outputs.mask]\nclasses = ["no", "yes"]\nactivation = "sigmoid"', "one class only"),
        ('decode = "classes"\n[outputs.mask]\nclasses = ["yes"]\nactivation = "softmax"', "two classes or more"),
        ('decode = "classes"\n[outputs.age]\nactivation = "softmax"', "none for one number"),
        ('decode = "classes"\n[outputs.age]\nyears = [1, 2]\nfactor = 2', "factor means nothing"),
    ],
)
def test_a_card_with_a_mistake_is_refused_with_its_key(tmp_path, text, complaint):
    """A misread model would tell wrong things for ever: it is stopped here."""
    with pytest.raises(ModelError, match=complaint):
        card(tmp_path, text)


def test_only_a_model_of_attributes_has_outputs_to_explain(tmp_path):
    """The card of a detector is refused with them."""
    (tmp_path / "m.onnx.toml").write_text(GLASSES)
    with pytest.raises(ModelError, match="outputs"):
        card_beside(tmp_path / "m.onnx", "detector")
