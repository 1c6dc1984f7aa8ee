"""Photos of people came without a word on keeping them: a cache had who was erased since."""

import urllib.request

import pytest
from running_box import running_box


@pytest.mark.parametrize("path", ["/sophon/v2/face/getregisterimage/", "/SophonFace/api/images/"])
def test_no_cache_keeps_the_photo_of_a_person(tmp_path_factory, path):
    """As the pictures of events are told."""
    with running_box(tmp_path_factory.mktemp("p"), access={"open_reads": True}) as box:
        box.register("E-1", "Ada", "ada")
        [photo_id] = [face[1] for face in box.call(lambda: box.process._people_store.face_ids("E-1"))]
        with urllib.request.urlopen(box.api + path + photo_id) as reply:
            assert reply.headers["Content-Type"] == "image/jpeg"
            assert "no-store" in reply.headers["Cache-Control"]
