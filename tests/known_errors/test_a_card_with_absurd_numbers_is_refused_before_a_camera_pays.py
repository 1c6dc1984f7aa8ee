"""A card with a mean of nan was taken; one nested without end ended the commands that should have told of it."""

import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.models.card import card_path, chip_card_beside

GOOD = {"decode": '"scrfd"', "colour": '"rgb"', "mean": "127.5", "scale": "0.0078125"}
AGES = 'decode = "classes"\ncolour = "rgb"\nmean = 0\nscale = 1\n[outputs.age]\n'


def card_of(folder, text, role):
    model = folder / "m.bmodel"
    card_path(model).write_text(text)
    return chip_card_beside(model, role)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mean", "[nan, 0.0, 0.0]"),
        ("mean", "inf"),
        ("mean", "-1e308"),
        ("scale", "nan"),
        ("scale", "1e308"),
        ("scale", "1e-320"),
        ("scale", "-1.0"),
    ],
)
def test_a_pixel_stays_a_number(tmp_path, key, value):
    """What the model would be fed is no number, the same for every picture, or endless: the card is named."""
    text = "\n".join(f"{name} = {each}" for name, each in {**GOOD, key: value}.items())
    with pytest.raises(ModelError, match=rf"m\.bmodel\.toml: {key}"):
        card_of(tmp_path, text, "detector")


@pytest.mark.parametrize("line", ["years = [nan, 3.0]", "years = [inf, 3.0]", "factor = inf", "offset = nan"])
def test_an_age_is_made_of_numbers(tmp_path, line):
    """Else no face would ever have one, and nobody would be told why."""
    with pytest.raises(ModelError, match="finite"):
        card_of(tmp_path, AGES + line, "attributes")


def test_a_card_that_is_nested_without_end_is_refused(tmp_path):
    """As any other that is no TOML."""
    with pytest.raises(ModelError, match=r"m\.bmodel\.toml cannot be read"):
        card_of(tmp_path, "mean = " + "[" * 5000 + "]" * 5000, "detector")
