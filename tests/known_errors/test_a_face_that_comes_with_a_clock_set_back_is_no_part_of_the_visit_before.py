"""The first picture after a step back came before the device's time did, and went with the visit that it ended."""

from scenes import Scene, brief, known, shot


def test_a_face_that_comes_with_a_clock_set_back_is_no_part_of_the_visit_before():
    """Both are told and both end: the second had only the one picture."""
    scene = Scene()
    scene.shot(shot(1, at=100, since=99), known("ada"))
    scene.end(1, 99, 110)
    scene.shot(shot(2, at=50, since=49), known("ada"))
    scene.seen(51, (2, 49, 51))
    scene.end(2, 49, 60)
    scene.seen(70)
    assert brief(scene.told) == [
        ("recognition", "e1", "ada"),
        ("visit:left", "e1", "ada"),
        ("recognition", "e2", "ada"),
        ("visit:left", "e2", "ada"),
    ]
