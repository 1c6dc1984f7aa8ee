"""What a chip does wrong, loudly and silently: each becomes an error with words, never a face or a feature."""

import dataclasses

import numpy as np
import pytest

from sophon_report.errors import ChipError, ModelError
from sophon_report.testing.sail import Scenario, Spell, fake_sail
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.model import ODD_IN_A_ROW, HostFed
from sophon_report.vision.models.card import DETECTOR, EMBEDDER
from sophon_report.vision.models.chip_golden import golden_input, golden_of
from sophon_report.vision.picture import HostPicture
from sophon_report.wire.pictures import decode_image

pytestmark = pytest.mark.models
versions = pytest.mark.parametrize("version", ["3.7.0", "3.10.7"])


def now(engine, **troubles):
    """Have the chip go wrong from here on."""
    chip = engine.fake.chip
    chip.scenario = dataclasses.replace(chip.scenario, **troubles)


def crops_of(seed, count=1):
    return np.random.default_rng(seed).integers(0, 255, (count, 112, 112, 3), np.uint8)


@versions
def test_a_launch_of_the_detector_that_failed_silently_gives_no_faces(sail_engine, decoded, astronaut, version):
    """SAIL returns as if all were well, and the outputs are those of the picture before."""
    with sail_engine(Scenario(version=version)) as engine:
        for _ in range(3):  # both buffers hold an answer
            assert len(engine.detect([decoded(engine.chip, astronaut)], 20)[0]) == 1
        now(engine, launch_fails=(Spell(of="detector"),))
        turn = engine.begin_detect([decoded(engine.chip, np.zeros_like(astronaut))], 20)
        for _ in range(2):
            with pytest.raises(ModelError, match=r"detector detector_1b.bmodel"):
                turn.faces()
        now(engine, launch_fails=())
        assert len(engine.detect([decoded(engine.chip, astronaut)], 20)[0]) == 1
        assert engine.counts()["odd_answers"] >= 1


@versions
def test_a_launch_of_the_embedder_that_failed_silently_gives_no_feature(sail_engine, version):
    """Another face would have the feature of the one before."""
    with sail_engine(Scenario(version=version)) as engine:
        first = engine.embed(crops_of(1))
        assert np.array_equal(engine.embed(crops_of(1)), first)
        now(engine, launch_fails=(Spell(of="embedder"),))
        with pytest.raises(ModelError, match=r"embedder embedder_1b.bmodel"):
            engine.embed(crops_of(2))
        now(engine, launch_fails=())
        assert not np.array_equal(engine.embed(crops_of(2)), first)


@versions
@pytest.mark.parametrize("trouble", ["launch_nan", "stale_reads"])
def test_numbers_that_are_none_and_stale_ones_are_errors(sail_engine, decoded, astronaut, trouble, version):
    """Of the detector and of the embedder."""
    with sail_engine(Scenario(version=version)) as engine:
        engine.detect([decoded(engine.chip, astronaut)] * 4, 20)
        engine.embed(crops_of(1))
        now(engine, **{trouble: (Spell(),)})
        with pytest.raises(ModelError, match="detector"):
            engine.detect([decoded(engine.chip, astronaut)] * 4, 20)
        with pytest.raises(ModelError, match="embedder"):
            engine.embed(crops_of(2))


def test_a_still_picture_is_no_failure(sail_engine, decoded, astronaut):
    """Where SAIL cannot tell a failed launch, an answer that comes twice is asked for once more, and counts."""
    with sail_engine(Scenario(version="3.7.0")) as engine:
        for _ in range(5):
            assert len(engine.detect([decoded(engine.chip, astronaut)], 20)[0]) == 1
        assert engine.counts()["odd_answers"] == 0


def test_odd_answers_in_a_row_ask_for_a_new_process(sail_engine, decoded, astronaut):
    """One good answer in between begins the count anew."""
    with sail_engine() as engine:
        now(engine, launch_fails=(Spell(of="detector"),))
        errors = []
        while len(errors) < ODD_IN_A_ROW and not any(type(error) is ChipError for error in errors):
            with pytest.raises(ModelError) as caught:
                engine.detect([decoded(engine.chip, astronaut)], 20)
            errors.append(caught.value)
        assert type(errors[0]) is ModelError
        assert type(errors[-1]) is ChipError
        assert "in a row" in str(errors[-1])
        now(engine, launch_fails=())
        engine.detect([decoded(engine.chip, astronaut)], 20)
        now(engine, launch_fails=(Spell(of="detector"),))
        with pytest.raises(ModelError) as caught:
            engine.detect([decoded(engine.chip, astronaut)], 20)
        assert type(caught.value) is ModelError


def test_a_chip_that_launches_nothing_is_found_at_the_start(chip_model):
    """Memory as it comes is no answer to anything."""
    fake = fake_sail(Scenario(launch_fails=(Spell(),)))
    with pytest.raises(ModelError, match=r"golden question|two questions"):
        HostFed(Chip(fake.module), chip_model(EMBEDDER, batches=[1])[0])


def test_a_model_that_answers_its_golden_question_wrongly_is_refused(chip_model):
    """The card says what the file answers; another file under its name does not."""
    file = chip_model(EMBEDDER, batches=[1])[0]
    chip = Chip(fake_sail().module)
    card = file.card
    (answer,) = HostFed(chip, file).run(golden_input((1, 3, 112, 112), card.mean, card.scale))
    right = golden_of([answer], 0.01)
    HostFed(chip, dataclasses.replace(file, card=dataclasses.replace(card, golden=right)))
    wrong = golden_of([answer * 1.1], 0.01)
    with pytest.raises(ModelError, match="answers its golden question wrongly: output 0"):
        HostFed(chip, dataclasses.replace(file, card=dataclasses.replace(card, golden=wrong)))


def test_files_that_cannot_be_loaded_are_named(chip_model, tmp_path):
    """For the other chip, junk, and missing."""
    chip = Chip(fake_sail(Scenario(target="BM1684X")).module)
    other = chip_model(EMBEDDER, "BM1684", batches=[1])[0]
    with pytest.raises(ModelError, match=r"embedder_1b.bmodel cannot be loaded on this BM1684X.*another chip"):
        HostFed(chip, other)
    junk = tmp_path / "junk.bmodel"
    junk.write_bytes(b"\0\1\2")
    with pytest.raises(ModelError, match=r"junk.bmodel cannot be loaded"):
        HostFed(chip, dataclasses.replace(other, path=junk))
    with pytest.raises(ModelError, match=r"none.bmodel is missing"):
        HostFed(chip, dataclasses.replace(other, path=tmp_path / "none.bmodel"))


def test_models_that_are_not_what_their_role_needs_are_refused(sail_engine, chip_model):
    """A feature where faces should be, and two batches that are not one model."""
    (embedder,) = chip_model(EMBEDDER, batches=[1])
    (detector,) = chip_model(DETECTOR, batches=[4], hw=(320, 320))
    yunet = dataclasses.replace(embedder, role=DETECTOR, card=detector.card)
    with pytest.raises(ModelError, match=r"no outputs of yunet|no multiple of 32"), sail_engine(detector=[yunet]):
        pass
    (large,) = chip_model(DETECTOR, batches=[1], hw=(640, 640))
    with pytest.raises(ModelError, match="one model in batches"), sail_engine(detector=[detector, large]):
        pass
    faces = dataclasses.replace(large, role=EMBEDDER)
    with pytest.raises(ModelError, match="112"), sail_engine(embedder=[faces]):
        pass


def test_half_floats_on_the_outside_are_refused(sail_engine, chip_model):
    """SAIL gives garbage for them; inside a model they are welcome."""
    target = "BM1684X"
    inside = chip_model(EMBEDDER, target, batches=[1], precision="fp16")
    with sail_engine(Scenario(target=target), embedder=inside) as engine:
        assert engine.embed(crops_of(1)).shape == (1, 128)
    outside = chip_model(EMBEDDER, target, batches=[1], precision="fp16", native_io=True)
    with pytest.raises(ModelError, match="must be float32 or int8"), sail_engine(
        Scenario(target=target), embedder=outside
    ):
        pass


@versions
def test_a_jpeg_encoder_that_fails_costs_the_cpu_some_work(sail_engine, decoded, astronaut, version):
    """The picture is there all the same, and it is counted; SAIL 3.7 gives nothing where later ones raise."""
    with sail_engine(Scenario(version=version)) as engine:
        now(engine, jpeg_fails=(Spell(calls=1),))
        picture = decoded(engine.chip, astronaut)
        for count in (1, 1):
            assert decode_image(engine.jpeg(picture, 80)).shape == astronaut.shape
            assert engine.counts()["encoded_by_cpu"] == count


def test_a_sail_without_needed_names_is_refused():
    """An older one than any that was looked at; the names are told."""
    fake = fake_sail()
    del fake.module.Bmcv.warp
    with pytest.raises(ModelError, match=r"it has no Bmcv.warp"):
        Chip(fake.module)


def test_a_chip_of_another_kind_is_refused():
    """Its limits are not known here."""
    with pytest.raises(ModelError, match="calls itself BM1688: only BM1684 and BM1684X"):
        Chip(fake_sail(Scenario(target="BM1688")).module)


def test_a_picture_of_the_wrong_shape_is_refused_before_the_chip_reads_it(sail_engine):
    """Grey, or of another type: SAIL would read foreign memory."""
    with sail_engine() as engine:
        for image in (np.zeros((99, 99), np.uint8), np.zeros((99, 99, 4), np.uint8), np.zeros((99, 99, 3), float)):
            with pytest.raises(ModelError, match="must be"):
                engine.detect([HostPicture(image)], 20)
