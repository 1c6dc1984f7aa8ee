"""The fake's Engine and Tensor do what was seen of the real ones, and tell what a chip does not survive."""

import threading
import time

import numpy as np
import pytest
from fake_chip import ramp, running_chip, tiny_onnx

from sophon_report.testing.sail import Canned, Scenario, Spell, write_fake_bmodel


@pytest.fixture
def tiny(tmp_path):
    return tiny_onnx(tmp_path / "tiny.onnx")


def load(sail, path, mode="SYSIO"):
    """An engine, its graph and the name of its input."""
    engine = sail.Engine(str(path), 0, sail.IOMode[mode])
    (graph,) = engine.get_graph_names()
    return engine, graph, engine.get_input_names(graph)[0]


def output_tensors(sail, engine, graph, *, sys=True):
    handle = sail.Handle(0)
    return {
        name: sail.Tensor(
            handle, engine.get_output_shape(graph, name), engine.get_output_dtype(graph, name), sys, True
        )
        for name in engine.get_output_names(graph)
    }


def picture_tensor(sail, values):
    """A float picture on the device only, as pre-processing leaves it, and the image that owns its memory."""
    handle = sail.Handle(0)
    image = sail.BMImage(
        handle, values, *values.shape[1:], sail.Format.FORMAT_BGR_PLANAR, sail.DATA_TYPE_EXT_FLOAT32
    )
    return sail.Bmcv(handle).bm_image_to_tensor(image), image


def test_a_model_is_opened_by_three_positional_arguments_only(tmp_path, tiny):
    """As the binding has no other way."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    path = str(tmp_path / "a.bmodel")
    with running_chip() as fake:
        sail = fake.module
        with pytest.raises(TypeError, match="incompatible constructor arguments"):
            sail.Engine(path, 0)
        with pytest.raises(TypeError):
            sail.Engine(path, tpu_id=0, mode=sail.SYSIO)
        sail.Engine(path, 0, sail.SYSIO)
        assert fake.chip.counts["Engine"] == 1


def test_missing_junk_and_the_other_chips_models_are_refused(tmp_path, tiny):
    """All three with the same words, as by the runtime."""
    (tmp_path / "junk.bmodel").write_bytes(b"BMODEL\0\xff")
    write_fake_bmodel(tmp_path / "x.bmodel", tiny, target="BM1684X", precision="fp16")
    with running_chip() as fake:
        for name in ("missing", "junk", "x"):
            with pytest.raises(fake.module.SailEngineError, match="invalid bmodel"):
                fake.module.Engine(str(tmp_path / f"{name}.bmodel"), 0, fake.module.SYSIO)


def test_an_id_of_no_chip_is_a_device_error():
    """There is one chip, its id is 0."""
    with running_chip() as fake, pytest.raises(fake.module.SailDeviceError):
        fake.module.Handle(1)


def test_getters_answer_for_tensors_that_are_not_there(tmp_path, tiny):
    """With values that look like answers."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny, batch=4)
    with running_chip() as fake:
        engine, graph, name = load(fake.module, tmp_path / "a.bmodel")
        assert engine.get_input_shape(graph, name) == [4, 3, 4, 4]
        assert engine.get_output_names(graph) == ["zeta_Output", "alpha_Output"]
        assert engine.get_output_shape(graph, "nothing") == []
        assert engine.get_input_dtype(graph, "nothing") is fake.module.BM_FLOAT32
        assert engine.get_output_scale(graph, "nothing") == 0.0


def test_an_unknown_graph_is_a_violation_and_no_exception(tmp_path, tiny):
    """The real one crashes: no product code may catch what the fake does."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip(expect_violations=True) as fake:
        engine, _, name = load(fake.module, tmp_path / "a.bmodel")
        assert engine.process("other", {name: ramp(1, 3, 4, 4)}) == {}


def test_numpy_results_are_sorted_by_name_and_fresh_each_time(tmp_path, tiny):
    """Not in the model's order."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip() as fake:
        engine, graph, name = load(fake.module, tmp_path / "a.bmodel")
        first = engine.process(graph, {name: ramp(1, 3, 4, 4)})
        second = engine.process(graph, {name: ramp(1, 3, 4, 4) + 1})
        assert list(first) == ["alpha_Output", "zeta_Output"]
        np.testing.assert_array_equal(first["zeta_Output"], ramp(1, 3, 4, 4) * 2)
        np.testing.assert_array_equal(second["alpha_Output"], ramp(1, 3, 4, 4) - 4)


@pytest.mark.parametrize("shape", [(1, 3, 4, 4), (2, 3, 4, 4), (4, 3, 4, 5), (4, 48)])
def test_a_static_batch_of_four_takes_four_and_nothing_else(tmp_path, tiny, shape):
    """One or two pictures have to be padded."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny, batch=4)
    with running_chip() as fake:
        engine, graph, name = load(fake.module, tmp_path / "a.bmodel")
        with pytest.raises(fake.module.SailEngineError, match="bad input"):
            engine.process(graph, {name: np.zeros(shape, np.float32)})
        with pytest.raises(fake.module.SailEngineError, match="bad input"):
            engine.process(graph, {"other": np.zeros((4, 3, 4, 4), np.float32)})
        batch = ramp(4, 3, 4, 4)
        np.testing.assert_array_equal(engine.process(graph, {name: batch})["zeta_Output"], batch * 2)


def test_other_numbers_are_converted_and_no_input_means_the_last_one(tmp_path, tiny):
    """Neither is an error."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip() as fake:
        engine, graph, name = load(fake.module, tmp_path / "a.bmodel")
        first = engine.process(graph, {name: ramp(1, 3, 4, 4).astype(np.float64)})["zeta_Output"]
        assert first.dtype == np.float32
        np.testing.assert_array_equal(engine.process(graph, {})["zeta_Output"], first)


def test_a_view_that_is_not_contiguous_is_overwritten(tmp_path, tiny):
    """With its base; the answer is right, and it is a violation."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    base = ramp(1, 4, 4, 3)
    view = base.transpose(0, 3, 1, 2)
    before = view.copy()
    with running_chip(expect_violations=True) as fake:
        engine, graph, name = load(fake.module, tmp_path / "a.bmodel")
        answer = engine.process(graph, {name: view})["zeta_Output"]
    np.testing.assert_array_equal(answer, before * 2)
    np.testing.assert_array_equal(base.reshape(-1), before.reshape(-1))


def test_modes_other_than_sysio_do_not_serve_numpy(tmp_path, tiny):
    """One gives garbage without an error, two refuse."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip() as fake:
        engine, graph, name = load(fake.module, tmp_path / "a.bmodel", "SYSI")
        assert np.isnan(engine.process(graph, {name: ramp(1, 3, 4, 4)})["zeta_Output"]).all()
        for mode in ("SYSO", "DEVIO"):
            engine, graph, name = load(fake.module, tmp_path / "a.bmodel", mode)
            with pytest.raises(fake.module.SailEngineError, match="bad input"):
                engine.process(graph, {name: ramp(1, 3, 4, 4)})


@pytest.mark.parametrize(("mode", "syncs"), [("SYSIO", False), ("SYSO", False), ("SYSI", True), ("DEVIO", True)])
def test_a_forgotten_sync_shows_as_stale_data(tmp_path, tiny, mode, syncs):
    """System and device memory of an output are two, in every mode."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip() as fake:
        sail = fake.module
        engine, graph, name = load(sail, tmp_path / "a.bmodel", mode)
        tensor, image = picture_tensor(sail, ramp(3, 4, 4))
        if mode in ("SYSIO", "SYSI"):
            device_only, tensor = tensor, sail.Tensor(sail.Handle(0), [1, 3, 4, 4], sail.BM_FLOAT32, True, True)
            sail.Bmcv(sail.Handle(0)).bm_image_to_tensor(image, tensor)
            np.testing.assert_array_equal(tensor.asnumpy(), device_only.asnumpy())
        outputs = output_tensors(sail, engine, graph)
        assert engine.process(graph, {name: tensor}, outputs) is None
        stale = outputs["zeta_Output"].asnumpy()
        outputs["zeta_Output"].sync_d2s()
        np.testing.assert_array_equal(outputs["zeta_Output"].asnumpy(), ramp(1, 3, 4, 4) * 2)
        assert np.array_equal(stale, ramp(1, 3, 4, 4) * 2) != syncs
        assert image.width() == 4


def test_tensors_need_the_memory_their_mode_works_with(tmp_path, tiny):
    """System memory on the sides that the mode names, device memory always."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip() as fake:
        sail = fake.module
        handle = sail.Handle(0)
        engine, graph, name = load(sail, tmp_path / "a.bmodel", "SYSIO")
        whole = sail.Tensor(handle, [1, 3, 4, 4], sail.BM_FLOAT32, True, True)
        device = sail.Tensor(handle, [1, 3, 4, 4], sail.BM_FLOAT32, False, True)
        with pytest.raises(sail.SailEngineError, match="bad input"):
            engine.process(graph, {name: device}, output_tensors(sail, engine, graph))
        with pytest.raises(sail.SailEngineError, match="bad output"):
            engine.process(graph, {name: whole}, output_tensors(sail, engine, graph, sys=False))
        engine, graph, name = load(sail, tmp_path / "a.bmodel", "DEVIO")
        engine.process(graph, {name: device}, output_tensors(sail, engine, graph, sys=False))


def test_outputs_without_system_memory_are_fetched_from_the_device(tmp_path, tiny):
    """So no sync is needed for them."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip() as fake:
        sail = fake.module
        engine, graph, name = load(sail, tmp_path / "a.bmodel", "DEVIO")
        tensor, image = picture_tensor(sail, ramp(3, 4, 4))
        outputs = output_tensors(sail, engine, graph, sys=False)
        engine.process(graph, {name: tensor}, outputs)
        np.testing.assert_array_equal(outputs["alpha_Output"].asnumpy(), ramp(1, 3, 4, 4) - 5)
        del image


def test_a_failed_launch_returns_normally_and_leaves_what_was_there(tmp_path, tiny):
    """Old results, or what the caller filled in and synced."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip(Scenario(launch_fails=(Spell(after=1, calls=2, of="a.bmodel"),))) as fake:
        sail = fake.module
        engine, graph, name = load(sail, tmp_path / "a.bmodel")
        first = engine.process(graph, {name: ramp(1, 3, 4, 4)})
        np.testing.assert_array_equal(
            engine.process(graph, {name: ramp(1, 3, 4, 4) * 0})["zeta_Output"], first["zeta_Output"]
        )
        outputs = output_tensors(sail, engine, graph)
        for tensor in outputs.values():
            tensor.memory_set(float("nan"))
            tensor.sync_s2d()
        whole = sail.Tensor(sail.Handle(0), [1, 3, 4, 4], sail.BM_FLOAT32, True, True)
        engine.process(graph, {name: whole}, outputs)
        assert all(np.isnan(tensor.asnumpy()).all() for tensor in outputs.values())
        engine.process(graph, {name: whole}, outputs)
        assert all(np.isfinite(tensor.asnumpy()).all() for tensor in outputs.values())


def test_an_output_left_out_is_not_computed_for_anybody(tmp_path, tiny):
    """And is no error."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip() as fake:
        sail = fake.module
        engine, graph, name = load(sail, tmp_path / "a.bmodel")
        outputs = output_tensors(sail, engine, graph)
        left_out = outputs.pop("zeta_Output")
        before = left_out.asnumpy()
        whole = sail.Tensor(sail.Handle(0), [1, 3, 4, 4], sail.BM_FLOAT32, True, True)
        engine.process(graph, {name: whole}, outputs)
        np.testing.assert_array_equal(left_out.asnumpy(), before)


def test_stale_reads_keep_the_system_copy_of_before(tmp_path, tiny):
    """The device has the new values all the same."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny)
    with running_chip(Scenario(stale_reads=(Spell(after=1, calls=1),))) as fake:
        engine, graph, name = load(fake.module, tmp_path / "a.bmodel")
        answers = [engine.process(graph, {name: ramp(1, 3, 4, 4) + i})["alpha_Output"] for i in range(3)]
        np.testing.assert_array_equal(answers[1], answers[0])
        np.testing.assert_array_equal(answers[2], ramp(1, 3, 4, 4) - 3)


def test_half_floats_come_out_as_uint16(tmp_path, tiny):
    """Which are their bits; the numpy form cannot be used with them."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny, target="BM1684X", precision="fp16", native_io=True)
    with running_chip(Scenario(target="BM1684X")) as fake:
        sail = fake.module
        engine, graph, name = load(sail, tmp_path / "a.bmodel", "DEVIO")
        assert engine.get_output_names(graph) == ["zeta_Output_f32", "alpha_Output_f32"]
        assert engine.get_output_dtype(graph, "zeta_Output_f32") is sail.BM_FLOAT16
        tensor = sail.Tensor(sail.Handle(0), [1, 3, 4, 4], sail.BM_FLOAT16, False, True)
        tensor.memory_set(1.5)
        outputs = output_tensors(sail, engine, graph)
        engine.process(graph, {name: tensor}, outputs)
        outputs["zeta_Output_f32"].sync_d2s()
        bits = outputs["zeta_Output_f32"].asnumpy()
        assert bits.dtype == np.uint16
        assert (bits.view(np.float16) == 3.0).all()
        engine, graph, name = load(sail, tmp_path / "a.bmodel")
        with pytest.raises(sail.SailEngineError):
            engine.process(graph, {name: ramp(1, 3, 4, 4)})


def test_int8_inputs_and_outputs_have_scales(tmp_path, tiny):
    """The numpy form applies them, tensors hold what the chip does."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny, precision="int8", native_io=True)
    with running_chip() as fake:
        sail = fake.module
        engine, graph, name = load(sail, tmp_path / "a.bmodel")
        assert engine.get_input_dtype(graph, name) is sail.BM_INT8
        scale = engine.get_output_scale(graph, "zeta_Output_f32")
        assert scale != 1.0
        answer = engine.process(graph, {name: ramp(1, 3, 4, 4)})["zeta_Output_f32"]
        assert np.abs(answer - ramp(1, 3, 4, 4) * 2).max() <= scale + 2
        outputs = output_tensors(sail, engine, graph)
        tensor = sail.Tensor(sail.Handle(0), [1, 3, 4, 4], sail.BM_INT8, True, True)
        tensor.memory_set(50)
        engine.process(graph, {name: tensor}, outputs)
        whole = outputs["zeta_Output_f32"]
        assert whole.asnumpy().dtype == np.int8
        assert np.abs(whole.scale_to(scale) - 50 * 255 / 127 * 2).max() <= scale / 2 + 1e-3


def test_half_precision_is_not_for_the_older_chip(tmp_path, tiny):
    """Its compiler refuses it, so there can be no such file."""
    with pytest.raises(ValueError, match="fp16"):
        write_fake_bmodel(tmp_path / "a.bmodel", tiny, precision="fp16")


def test_a_tensor_without_memory_cannot_be_read():
    """It is an error of its own kind."""
    with running_chip() as fake:
        sail = fake.module
        with pytest.raises(sail.SailTensorError):
            sail.Tensor(sail.Handle(0), [1, 4], sail.BM_FLOAT32).asnumpy()


def test_what_is_read_is_a_copy():
    """Nobody changes a tensor through it."""
    with running_chip() as fake:
        sail = fake.module
        tensor = sail.Tensor(sail.Handle(0), [4], sail.BM_FLOAT32, True, True)
        tensor.memory_set(2)
        tensor.asnumpy()[:] = 9
        assert (tensor.asnumpy() == 2).all()


def test_canned_models_hold_the_one_chip_one_after_the_other(tmp_path, tiny):
    """Two engines in two threads take the time of both, and other threads run meanwhile."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny, batch=4)
    np.savez(tmp_path / "answers.npz", zeta_Output=np.full((3, 4, 4), 7.0))
    canned = Canned(of="a.bmodel", ms=5, launch_ms=1, outputs=str(tmp_path / "answers.npz"))
    with running_chip(Scenario(canned=(canned,))) as fake:
        sail = fake.module

        def work():
            engine, graph, name = load(sail, tmp_path / "a.bmodel", "DEVIO")
            tensor = sail.Tensor(sail.Handle(0), [4, 3, 4, 4], sail.BM_FLOAT32, False, True)
            outputs = output_tensors(sail, engine, graph, sys=False)
            for _ in range(3):
                engine.process(graph, {name: tensor}, outputs)
            assert (outputs["zeta_Output"].asnumpy() == 7).all()

        began = time.monotonic()
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # A lower bound only: the chip cannot have been faster than it is.
        assert time.monotonic() - began >= 6 * 21 / 1000
        assert list(fake.chip.launches_ms) == [21.0] * 6
