"""A chip to run on: the fake of the vendor's SAIL, with bmodels that compute what the real models do."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from sophon_report.testing.sail import Scenario, fake_sail, write_fake_bmodel
from sophon_report.testing.sail.pictures import from_bgr
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.engine import SailEngine
from sophon_report.vision.engines.sail.pictures import ChipPicture
from sophon_report.vision.models.card import DETECTOR, EMBEDDER

PLAIN = Scenario()
INPUT_HW = {DETECTOR: (512, 512), EMBEDDER: (112, 112)}


@pytest.fixture
def chip_model(library, tmp_path):
    """Make fake bmodels of a default model; returns what the library would."""

    def make(role, target="BM1684", batches=(1, 4), hw=None, **how):
        source = library.open(role)
        files = []
        for batch in batches:
            path = tmp_path / target / f"{role}_{batch}b.bmodel"
            write_fake_bmodel(path, source.path, target, batch, input_hw=hw or INPUT_HW[role], **how)
            files.append(replace(source, path=path))
        return tuple(files)

    return make


@pytest.fixture
def sail_engine(chip_model):
    """Open an engine on a fake chip; at the end nothing may have been done that a real one does not survive."""

    @contextmanager
    def run(scenario=PLAIN, detector=None, embedder=None, attributes=()):
        fake = fake_sail(scenario)
        engine = SailEngine(
            Chip(fake.module),
            detector or chip_model(DETECTOR, scenario.target),
            embedder or chip_model(EMBEDDER, scenario.target, batches=[1]),
            attributes,
        )
        engine.fake = fake
        try:
            yield engine
        finally:
            engine.close()
            fake.chip.end()
        assert fake.chip.violations == []

    return run


@pytest.fixture
def decoded():
    """Put a picture into the chip's memory as its decoder does; returns what the engine takes."""

    def put(chip, image, form="FORMAT_COMPRESSED", *, aligned=True):
        height, width = image.shape[:2]
        sail = chip.sail
        frame = sail.BMImage()
        frame._create(height, width, sail.Format[form], sail.ImgDtype.DATA_TYPE_EXT_1N_BYTE, aligned=aligned)
        frame._memory[...] = from_bgr(image, form)
        return ChipPicture(chip, frame)

    return put
