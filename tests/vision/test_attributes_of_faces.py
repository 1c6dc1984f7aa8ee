"""What the numbers of a model of attributes mean, and what of a face it is shown. Pure."""

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.model import Attributes, Faces, Likelihood
from sophon_report.vision.attributes import bound_outputs, face_crops, joined, read, square_crop
from sophon_report.vision.models.attribute_card import AttributeCard, AttributeOutput
from sophon_report.vision.models.card import CARDS, ModelCard


def told(output, *arrays):
    return read((output,), [np.float32(each) for each in arrays], len(arrays[0]), "m")


def test_faceres_is_bound_by_the_widths_of_its_outputs():
    """In whatever order a converter left them; the features are passed over."""
    card = CARDS["attributes"]
    male, ages, features = np.float32([[0.9], [0.55]]), np.zeros((2, 100), np.float32), np.ones((2, 1024))
    ages[0, [29, 39]] = 0.5
    ages[1, 0] = 1
    for widths, outputs in (((1, 1024, 100), (male, features, ages)), ((100, 1, 1024), (ages, male, features))):
        first, second = read(bound_outputs(card, widths, "m"), outputs, 2, "m")
        assert (first.gender, first.age_years) == ("male", 35)
        assert (second.gender, second.age_years) == (None, 1)
    with pytest.raises(ModelError, match="n×1, n×1024, must be"):
        bound_outputs(card, (1, 1024), "m")


def test_logits_of_classes_become_probabilities_and_words_that_repeat_are_one():
    """Three classes, two of which are glasses of some kind."""
    one = AttributeOutput("glasses", activation="softmax", classes=("no", "yes", "yes"))
    none, sun, even = told(one, [[9, 0, 0], [0, 1, 9], [1, 1, 1]])
    assert (none.glasses, sun.glasses) == (False, True)
    assert even.likely[0].probability == pytest.approx(2 / 3)


@pytest.mark.parametrize(("word", "hat"), [("yes", True), ("no", False)])
def test_one_logit_is_that_of_its_word(word, hat):
    """A sigmoid; numbers beyond all bounds are sure and not infinite."""
    one = AttributeOutput("hat", activation="sigmoid", classes=(word,))
    near, far, half = told(one, [[3], [-1e30], [0.1]])
    assert (near.hat, far.hat, half.hat) == (hat, not hat, None)


def test_an_age_is_the_mean_of_its_classes_or_the_number_itself():
    """Out of the range of ages it is unknown."""
    by_class = AttributeOutput("age", years=(10, 20, 60))
    assert told(by_class, [[0.5, 0.5, 0]])[0].age_years == 15
    by_number = AttributeOutput("age", factor=100, offset=1)
    assert [each.age_years for each in told(by_number, [[0.25], [-0.5], [3]])] == [26, None, None]


def test_columns_pick_numbers_out_of_a_wide_output():
    """Forty attributes in one output, of which one is wanted."""
    one = AttributeOutput("mask", columns=(2,), activation="sigmoid", classes=("yes",))
    assert told(one, [[9, 9, -9, 9]])[0].mask is False
    card = ModelCard("classes", attributes=AttributeCard(outputs=(one,)))
    assert bound_outputs(card, (4,), "m") == (one,)
    with pytest.raises(ModelError, match="up to column 2"):
        bound_outputs(card, (2,), "m")


def test_a_card_about_other_outputs_is_refused_by_its_model():
    """At loading, with the widths there are."""
    one = AttributeOutput("mask", 1, classes=("no", "yes"))
    card = ModelCard("classes", attributes=AttributeCard(outputs=(one,)))
    with pytest.raises(ModelError, match=r"has 1 outputs, outputs\.mask asks for 1"):
        bound_outputs(card, (2,), "m")
    with pytest.raises(ModelError, match=r"gives n×2, n×5, outputs\.mask explains 2"):
        bound_outputs(card, (2, 5), "m")
    assert bound_outputs(card, (2, 0), "m") == (one,)


@pytest.mark.parametrize("row", [[np.nan, 1], [0.2, 0.2], [-1, 2]])
def test_what_is_no_probability_is_an_error_and_no_attribute(row):
    """Not finite, not adding up, out of range."""
    with pytest.raises(ModelError, match="mask"):
        told(AttributeOutput("mask", classes=("no", "yes")), [row])


def test_of_two_models_the_first_counts_and_the_second_fills_in():
    """Word by word, not model by model."""
    first = Attributes.told((Likelihood("mask", 0.9, 0.4, 0.6),), None)
    second = Attributes.told((Likelihood("mask", 0.1, 0.4, 0.6), Likelihood("male", 0.9, 0.5, 0.6)), 30.0)
    both = joined([first, second])
    assert (both.mask, both.gender, both.age_years) == (True, "male", 30)
    assert joined([]) == Attributes()


def test_the_square_crop_is_black_outside_and_bounded():
    """However large or far away a box is, the crop has the asked size."""
    white = np.full((100, 100, 3), 250, np.uint8)
    assert (square_crop(white, np.float32([-100, 0, 0, 50]), 224) == 0).all()
    assert square_crop(white, np.float32([-1e6, -1e6, 1e6, 1e6]), 224).shape == (224, 224, 3)
    half = square_crop(white, np.float32([50, 0, 150, 100]), 224)
    assert (half[:, :112] == 250).all()
    assert (half[:, 112:] == 0).all()
    wider = square_crop(white, np.float32([25, 25, 75, 75]), 40, factor=4)
    assert (wider[10:30, 10:30] == 250).all()
    assert wider.sum() == 20 * 20 * 3 * 250


def test_an_aligned_crop_is_the_upright_face_at_the_models_size():
    """Where the landmarks are those of the template, the picture itself."""
    points = [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
    picture = np.random.default_rng(1).integers(0, 255, (112, 112, 3), np.uint8)
    face = Faces(np.float32([[20, 20, 90, 110]]), np.float32([points]), np.float32([0.9]))
    card = AttributeCard(crop="aligned")
    assert np.abs(face_crops(card, 112, picture, face)[0].astype(int) - picture).max() <= 1
    assert face_crops(card, 56, picture, face).shape == (1, 56, 56, 3)
    assert face_crops(card, 56, picture, Faces.none()).shape == (0, 56, 56, 3)
