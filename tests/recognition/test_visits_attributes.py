"""What the pictures of one visit say together of a face's attributes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import Scene, known, nobody, shot

from sophon_report.model import Attributes, Likelihood
from sophon_report.recognition.attribute_means import AttributeMeans


def looks(male=None, age=None, mask=None):
    """What a model said of one picture."""
    likely = [Likelihood("male", male, 0.5, 0.6)] if male is not None else []
    likely += [Likelihood("mask", mask, 0.4, 0.6)] if mask is not None else []
    return Attributes.told(tuple(likely), age)


def seen(track, at, attributes, clarity=100, face=0):
    return replace(shot(track, at=at, clarity=clarity, face=face), attributes=attributes)


def test_the_visit_tells_the_mean_of_all_its_pictures():
    """Not what the best one says; each picture counts once, also those before the decision."""
    scene = Scene()
    scene.shot(seen(1, 0.2, looks(0.9, 50)), nobody())
    [told] = scene.shot(seen(1, 0.4, looks(0.9, 40)), known("ada"))
    scene.shot(seen(1, 0.6, looks(0.0, 30), clarity=500), known("ada"))
    scene.end(1, 0, 1)
    [visit] = scene.seen(9)
    assert (told.shot.attributes.gender, told.shot.attributes.age_years) == ("male", 45)
    assert visit.shot.attributes.age_years == 40
    assert visit.shot.attributes.likely[0].probability == pytest.approx(0.6)


def test_between_the_marks_of_the_mean_nothing_is_told():
    """One picture says male, the other female: nobody knows."""
    scene = Scene()
    scene.shot(seen(1, 0.2, looks(0.7)), known("ada"))
    scene.shot(seen(1, 0.4, looks(0.4)), known("ada"))
    scene.end(1, 0, 1)
    assert scene.seen(9)[0].shot.attributes.gender is None


def test_pictures_that_no_model_looked_at_count_for_nothing():
    """Attributes were switched on in the middle of the visit: the mean is that of the pictures since."""
    scene = Scene()
    [told] = scene.shot(seen(1, 0.2, Attributes()), known("ada"))
    scene.shot(seen(1, 0.4, looks(0.1, 30)), known("ada"))
    scene.end(1, 0, 1)
    [visit] = scene.seen(9)
    assert told.shot.attributes == Attributes()
    assert (visit.shot.attributes.gender, visit.shot.attributes.age_years) == ("female", 30)


def test_tracks_of_one_visit_are_averaged_together():
    """The person turned away and came back; somebody else's visit keeps its own."""
    scene = Scene()
    scene.shot(seen(1, 0.2, looks(age=20)), known("ada"))
    scene.end(1, 0, 1)
    scene.shot(seen(2, 1.2, looks(age=40, mask=0.9)), known("ada"))
    scene.shot(seen(3, 1.3, looks(age=60), face=3), known("bob"))
    scene.end(2, 1.2, 2)
    scene.end(3, 1.2, 2)
    told = {visit.match.identity.name: visit.shot.attributes for visit in scene.seen(9)}
    assert (told["Ada"].age_years, told["Ada"].mask) == (30, True)
    assert (told["Bob"].age_years, told["Bob"].mask) == (60, None)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.one_of(st.none(), st.floats(0, 100))), min_size=1, max_size=20),
    st.data(),
)
def test_the_mean_is_that_of_all_pictures_however_they_come_together(pictures, data):
    """Tracks join in any order: sums of parts are the sum of all."""
    cut = data.draw(st.integers(0, len(pictures)))
    parts = []
    for part in (pictures[:cut], pictures[cut:]):
        means = AttributeMeans()
        for male, age in part:
            means = means.and_of(AttributeMeans.of(looks(male, age)))
        parts.append(means)
    told = parts[1].and_of(parts[0]).told()
    assert told.likely[0].probability == pytest.approx(sum(male for male, _ in pictures) / len(pictures))
    ages = [age for _, age in pictures if age is not None]
    assert told.age_years == (pytest.approx(sum(ages) / len(ages)) if ages else None)
