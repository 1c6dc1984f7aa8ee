"""The fake's Bmcv and BMImage: the chip's arithmetic, return values, limits and sharp edges."""

import cv2
import numpy as np
import pytest
from fake_chip import running_chip

from sophon_report.testing.sail import Scenario, Spell

IDENTITY = ((1.0, 0.0), (1.0, 0.0), (1.0, 0.0))
CHIPS = ["BM1684", "BM1684X"]


def noise(height, width, seed=1):
    """``(h, w, 3)`` BGR."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def planar(sail, bgr, form="FORMAT_BGR_PLANAR"):
    """A picture on the chip."""
    pixels = bgr if "BGR" in form else bgr[..., ::-1]
    if "PLANAR" in form:
        pixels = pixels.transpose(2, 0, 1)
    return sail.BMImage(sail.Handle(0), np.ascontiguousarray(pixels), *bgr.shape[:2], sail.Format[form])


def pixels(sail, image):
    """What is in a planar picture, ``(3, h, w)``, whatever is between its rows."""
    bmcv, whole = sail.Bmcv(sail.Handle(0)), image
    if image.dtype() is sail.DATA_TYPE_EXT_1N_BYTE:
        whole = sail.BMImage(sail.Handle(0), image.height(), image.width(), image.format(), image.dtype())
        assert bmcv.convert_format(image, whole) == 0
    return bmcv.bm_image_to_tensor(whole).asnumpy()[0]


def padding(sail, x, y, w, h, colour=(114, 115, 116)):
    """Where the picture goes, and the fill as r, g, b."""
    attributes = sail.PaddingAtrr()
    for setter, value in zip(("stx", "sty", "w", "h", "r", "g", "b"), (x, y, w, h, *colour)):
        getattr(attributes, f"set_{setter}")(value)
    return attributes


def test_height_comes_before_width():
    """In both constructors; an empty picture has neither."""
    with running_chip() as fake:
        sail = fake.module
        assert sail.BMImage().width() == 0
        image = sail.BMImage(sail.Handle(0), 32, 48, sail.FORMAT_RGB_PACKED, sail.DATA_TYPE_EXT_1N_BYTE)
        assert (image.height(), image.width(), image.format()) == (32, 48, sail.FORMAT_RGB_PACKED)
        assert planar(sail, noise(20, 30)).data().height() == 20


def test_a_picture_is_read_in_its_own_layout():
    """Planes, pixels or rows; what was decoded is flat."""
    bgr = noise(20, 30)
    with running_chip() as fake:
        sail = fake.module
        assert planar(sail, bgr).asnumpy().shape == (3, 20, 30)
        np.testing.assert_array_equal(planar(sail, bgr, "FORMAT_BGR_PACKED").asnumpy(), bgr)
        decoded = sail.BMImage(sail.Handle(0), 20, 30, sail.FORMAT_NV12, sail.DATA_TYPE_EXT_1N_BYTE)
        assert decoded.asnumpy().shape == (20 * 30 * 3 // 2,)


def test_a_too_small_buffer_is_a_violation_and_no_error():
    """Nothing checks it: what is behind the buffer gets into the picture."""
    with running_chip(expect_violations=True) as fake:
        sail = fake.module
        sail.BMImage(sail.Handle(0), np.zeros((3, 16, 16), np.uint8), 16, 17, sail.FORMAT_BGR_PLANAR)


def test_formats_are_converted_exactly():
    """BGR and RGB, planar and packed."""
    bgr = noise(20, 30)
    with running_chip() as fake:
        sail = fake.module
        bmcv = sail.Bmcv(sail.Handle(0))
        rgb = bmcv.convert_format(planar(sail, bgr, "FORMAT_BGR_PACKED"), sail.FORMAT_RGB_PLANAR)
        np.testing.assert_array_equal(pixels(sail, rgb), bgr.transpose(2, 0, 1)[::-1])
        back = sail.BMImage()
        assert bmcv.convert_format(rgb, back) == 0
        assert back.format() is sail.FORMAT_BGR_PLANAR
        np.testing.assert_array_equal(pixels(sail, back), bgr.transpose(2, 0, 1))


def test_convert_to_is_exact_in_floats_and_rounds_as_the_chip_does():
    """Halves to even on the one, away from zero on the other."""
    values = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    for target, expected in (("BM1684", np.rint), ("BM1684X", lambda x: np.floor(np.abs(x) + 0.5) * np.sign(x))):
        with running_chip(Scenario(target=target)) as fake:
            sail = fake.module
            bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, values)
            out = sail.BMImage(sail.Handle(0), 16, 16, sail.FORMAT_BGR_PLANAR, sail.DATA_TYPE_EXT_FLOAT32)
            assert bmcv.convert_to(image, out, ((0.1, -3.0),) * 3) == 0
            wanted = values.transpose(2, 0, 1).astype(np.float32)
            np.testing.assert_array_equal(pixels(sail, out), wanted * np.float32(0.1) - np.float32(3))
            out = sail.BMImage(sail.Handle(0), 16, 16, sail.FORMAT_BGR_PLANAR, sail.DATA_TYPE_EXT_1N_BYTE_SIGNED)
            assert bmcv.convert_to(image, out, ((0.5, -10.0),) * 3) == 0
            np.testing.assert_array_equal(pixels(sail, out), expected(wanted * 0.5 - 10))
            assert bmcv.convert_to(image, out, ((2.0, -300.0),) * 3) == 0
            assert (pixels(sail, out).min(), pixels(sail, out).max()) == (-128, 127)
            same = bmcv.convert_to(image, ((2.0, 0.0),) * 3)
            assert same.dtype() is sail.DATA_TYPE_EXT_1N_BYTE
            assert pixels(sail, same).max() == 255


def test_packed_pictures_are_refused_by_number_only():
    """convert_to says 2, warp 4008, and nothing is raised; the forms that give a picture raise."""
    bgr = noise(32, 32)
    with running_chip() as fake:
        sail = fake.module
        bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, bgr, "FORMAT_BGR_PACKED")
        out = sail.BMImage(sail.Handle(0), 32, 32, sail.FORMAT_BGR_PACKED, sail.DATA_TYPE_EXT_1N_BYTE)
        assert bmcv.convert_to(image, out, IDENTITY) == 2
        assert bmcv.warp(image, out, ((1, 0, 0), (0, 1, 0))) == 4008
        with pytest.raises(sail.SailUnknownError):
            bmcv.convert_to(image, IDENTITY)
        with pytest.raises(sail.SailBMImageError):
            bmcv.warp(image, ((1, 0, 0), (0, 1, 0)))


def test_crops_take_whole_numbers():
    """Those of numpy as well; a list of boxes gives a list."""
    bgr = noise(64, 80)
    with running_chip() as fake:
        sail = fake.module
        bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, bgr)
        part = bmcv.crop(image, np.int64(8), 4, 20, 16)
        np.testing.assert_array_equal(pixels(sail, part), bgr[4:20, 8:28].transpose(2, 0, 1))
        assert [each.width() for each in bmcv.crop(image, [[0, 0, 16, 16], [4, 4, 20, 18]])] == [16, 20]
        with pytest.raises(TypeError):
            bmcv.crop(image, 8.0, 4, 20, 16)


@pytest.mark.parametrize("box", [(-1, 0, 20, 20), (70, 0, 20, 20), (0, 60, 20, 20), (0, 0, 15, 20)])
def test_crops_past_the_edge_or_too_small_are_violations(box):
    """The chip reads what is next to the picture, and checks no size."""
    with running_chip(expect_violations=True) as fake:
        sail = fake.module
        sail.Bmcv(sail.Handle(0)).crop(planar(sail, noise(64, 80)), *box)


def test_the_smallest_crop_depends_on_the_chip():
    """What is too small for the one is right for the other."""
    with running_chip(Scenario(target="BM1684X")) as fake:
        sail = fake.module
        sail.Bmcv(sail.Handle(0)).crop(planar(sail, noise(64, 80)), 0, 0, 8, 8)


def test_a_padded_resize_is_opencvs_nearest_with_the_fill_around_it():
    """By default; the order of the fill is red, green, blue."""
    bgr = noise(90, 128)
    with running_chip() as fake:
        sail = fake.module
        bmcv = sail.Bmcv(sail.Handle(0))
        for form in ("FORMAT_BGR_PLANAR", "FORMAT_RGB_PLANAR"):
            out = bmcv.vpp_crop_and_resize_padding(
                planar(sail, bgr, form), 10, 20, 100, 60, 64, 64, padding(sail, 0, 16, 64, 38)
            )
            wanted = np.empty((64, 64, 3), np.uint8)
            wanted[:] = (116, 115, 114)
            wanted[16:54] = cv2.resize(bgr[20:80, 10:110], (64, 38), interpolation=cv2.INTER_NEAREST)
            assert out.format() is sail.Format[form]
            order = slice(None) if form == "FORMAT_BGR_PLANAR" else slice(None, None, -1)
            np.testing.assert_array_equal(pixels(sail, out), wanted.transpose(2, 0, 1)[order])
        linear = bmcv.vpp_crop_and_resize_padding(
            planar(sail, bgr), 0, 0, 128, 90, 64, 45, padding(sail, 0, 0, 64, 45), sail.BMCV_INTER_LINEAR
        )
        np.testing.assert_array_equal(pixels(sail, linear), cv2.resize(bgr, (64, 45)).transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("target", "crop", "size", "fits"),
    [
        ("BM1684", (16, 16), (64, 64), True),
        ("BM1684", (15, 16), (64, 64), False),
        ("BM1684X", (15, 16), (64, 64), True),
        ("BM1684X", (7, 16), (64, 64), False),
        ("BM1684", (16, 16), (513, 16), False),
        ("BM1684X", (16, 16), (513, 16), True),
        ("BM1684", (100, 100), (4097, 200), False),
        ("BM1684X", (100, 100), (4097, 200), True),
    ],
)
def test_the_vpp_refuses_sides_and_zooms_by_chip(target, crop, size, fits):
    """16 to 4096 and 32 times on the one, 8 to 8192 and 128 times on the other."""
    with running_chip(Scenario(target=target)) as fake:
        sail = fake.module
        bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, noise(128, 128))
        where = padding(sail, 0, 0, *size)
        if fits:
            assert bmcv.vpp_crop_and_resize_padding(image, 0, 0, *crop, *size, where).width() == size[0]
        else:
            with pytest.raises(sail.SailBMImageError):
                bmcv.vpp_crop_and_resize_padding(image, 0, 0, *crop, *size, where)


@pytest.mark.parametrize("target", CHIPS)
def test_the_older_vpp_reads_rows_of_a_multiple_of_64_bytes_only(target):
    """A packed picture's rows are three times as long; what it makes itself it can read."""
    with running_chip(Scenario(target=target)) as fake:
        sail = fake.module
        bmcv, where = sail.Bmcv(sail.Handle(0)), padding(sail, 0, 0, 96, 64)
        made = bmcv.vpp_crop_and_resize_padding(planar(sail, noise(64, 64)), 0, 0, 64, 64, 96, 64, where)
        bmcv.vpp_crop_and_resize_padding(made, 0, 0, 96, 64, 96, 64, where)
        bmcv.vpp_crop_and_resize_padding(
            planar(sail, noise(64, 64), "FORMAT_BGR_PACKED"), 0, 0, 64, 64, 96, 64, where
        )
        odd = planar(sail, noise(64, 100))
        if target == "BM1684X":
            bmcv.vpp_crop_and_resize_padding(odd, 0, 0, 100, 64, 96, 64, where)
        else:
            with pytest.raises(sail.SailBMImageError):
                bmcv.vpp_crop_and_resize_padding(odd, 0, 0, 100, 64, 96, 64, where)


def test_bicubic_is_only_on_the_older_chip():
    """The other refuses it."""
    for target in CHIPS:
        with running_chip(Scenario(target=target)) as fake:
            sail = fake.module
            bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, noise(64, 64))
            arguments = (image, 0, 0, 64, 64, 64, 64, padding(sail, 0, 0, 64, 64), sail.BMCV_INTER_BICUBIC)
            if target == "BM1684":
                bmcv.vpp_crop_and_resize_padding(*arguments)
            else:
                with pytest.raises(sail.SailBMImageError):
                    bmcv.vpp_crop_and_resize_padding(*arguments)


@pytest.mark.parametrize(("bilinear", "method"), [(0, cv2.INTER_NEAREST), (1, cv2.INTER_LINEAR)])
def test_warp_wants_the_inverse_matrix_and_repeats_the_border(bilinear, method):
    """Or OpenCV's own with similar_to_opencv; the output sets the size."""
    bgr = cv2.GaussianBlur(noise(60, 80), (0, 0), 3)
    matrix = cv2.getRotationMatrix2D((30, 30), 20, 1.3)
    wanted = cv2.warpAffine(bgr, matrix, (112, 112), flags=method, borderMode=cv2.BORDER_REPLICATE)
    with running_chip() as fake:
        sail = fake.module
        bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, bgr)
        out = sail.BMImage(sail.Handle(0), 112, 112, sail.FORMAT_BGR_PLANAR, sail.DATA_TYPE_EXT_1N_BYTE)
        inverse = [list(row) for row in cv2.invertAffineTransform(matrix)]
        for rows, forward in ((inverse, ()), (matrix.tolist(), (True,))):
            assert bmcv.warp(image, out, rows, bilinear, *forward) == 0
            off = np.abs(pixels(sail, out).astype(int) - wanted.transpose(2, 0, 1))
            assert (off <= 1).mean() > 0.999
        assert bmcv.warp(image, inverse).width() == 80


def test_a_tensor_of_a_picture_shares_its_memory_and_does_not_keep_it():
    """When the picture goes, others write there."""
    bgr = noise(20, 30)
    with running_chip() as fake:
        sail = fake.module
        bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, bgr)
        tensor = bmcv.bm_image_to_tensor(image)
        assert bmcv.convert_to(image, image, ((0.0, 7.0),) * 3) == 0
        assert (tensor.asnumpy() == 7).all()
        del image
        assert (tensor.asnumpy() == 0xCD).all()


def test_the_first_picture_of_an_array_always_lands_in_front():
    """Whatever the index. Another size is a ValueError, a fifth an IndexError, one without data() a TypeError."""
    with running_chip() as fake:
        sail = fake.module
        images = sail.BMImageArray4D()
        pictures = [planar(sail, noise(16, 16, seed)) for seed in range(4)]
        images[2] = pictures[0].data()
        tensor = sail.Bmcv(sail.Handle(0)).bm_image_to_tensor(images)
        np.testing.assert_array_equal(tensor.asnumpy()[0], pixels(sail, pictures[0]))
        images[2] = pictures[2].data()
        np.testing.assert_array_equal(tensor.asnumpy()[2], pixels(sail, pictures[2]))
        with pytest.raises(ValueError):  # noqa: PT011 - it has no words
            images[1] = planar(sail, noise(16, 18)).data()
        with pytest.raises(IndexError):
            images[4] = pictures[0].data()
        with pytest.raises(TypeError):
            images[1] = pictures[1]
        assert len(images) == 4
        assert images[1].width() == 16


def test_an_array_in_order_becomes_the_batch_of_a_tensor():
    """Into one that is there, whose shape and type follow; a made array has no first-slot rule."""
    with running_chip() as fake:
        sail = fake.module
        handle = sail.Handle(0)
        pictures = [planar(sail, noise(16, 16, seed)) for seed in range(4)]
        made = sail.BMImageArray4D(handle, 16, 16, sail.FORMAT_BGR_PLANAR, sail.DATA_TYPE_EXT_1N_BYTE)
        grown = sail.BMImageArray4D()
        for images in (made, grown):
            order = [3, 0, 2, 1] if images is made else range(4)
            for index in order:
                images[index] = pictures[index].data()
            tensor = sail.Tensor(handle, [4, 3, 16, 16], sail.BM_UINT8, False, False)
            sail.Bmcv(handle).bm_image_to_tensor(images, tensor)
            np.testing.assert_array_equal(tensor.asnumpy(), [pixels(sail, each) for each in pictures])


def test_a_picture_with_gaps_between_its_rows_becomes_no_tensor():
    """The VPP and the crop of one box make rows of 64 bytes; it is logged, and the tensor is what it was."""
    bgr = noise(64, 192)
    with running_chip() as fake:
        sail = fake.module
        bmcv, image = sail.Bmcv(sail.Handle(0)), planar(sail, bgr)
        tensor = sail.Tensor(sail.Handle(0), [4], sail.BM_FLOAT32, True, True)
        tensor.memory_set(3)
        where = padding(sail, 0, 0, 96, 32)
        for part in (
            bmcv.crop(image, 0, 0, 96, 32),
            bmcv.vpp_crop_and_resize_padding(image, 0, 0, 96, 32, 96, 32, where),
        ):
            bmcv.bm_image_to_tensor(part, tensor)
            assert tensor.asnumpy().tolist() == [3, 3, 3, 3]
            with pytest.raises(sail.SailTensorError):
                bmcv.bm_image_to_tensor(part).asnumpy()
            np.testing.assert_array_equal(pixels(sail, part), bgr[:32, :96].transpose(2, 0, 1))
        for part in (bmcv.crop(image, 0, 0, 128, 32), *bmcv.crop(image, [[0, 0, 96, 32]])):
            assert bmcv.bm_image_to_tensor(part).asnumpy().shape == (1, 3, 32, part.width())


def test_an_array_that_grew_from_a_picture_with_gaps_is_slanted():
    """It takes over the gaps, and nothing tells; one that was made with a size has none."""
    bgr = noise(64, 192)
    with running_chip(expect_violations=True) as fake:
        sail = fake.module
        handle = sail.Handle(0)
        bmcv = sail.Bmcv(handle)
        part = bmcv.crop(planar(sail, bgr), 0, 0, 96, 32)
        made = sail.BMImageArray4D(handle, 32, 96, sail.FORMAT_BGR_PLANAR, sail.DATA_TYPE_EXT_1N_BYTE)
        grown = sail.BMImageArray4D()
        wanted = bgr[:32, :96].transpose(2, 0, 1)
        for images in (made, grown):
            images[0] = part.data()
            seen = bmcv.bm_image_to_tensor(images).asnumpy()[0]
            assert np.array_equal(seen, wanted) == (images is made)
            assert bool(fake.chip.violations) == (images is grown)


def test_packed_pictures_become_tensors_of_pixels_and_decoded_ones_none():
    """Only planes are what models take."""
    with running_chip() as fake:
        sail = fake.module
        bmcv, bgr = sail.Bmcv(sail.Handle(0)), noise(16, 20)
        assert bmcv.bm_image_to_tensor(planar(sail, bgr, "FORMAT_BGR_PACKED")).asnumpy().shape == (1, 16, 20, 3)
        decoded = sail.BMImage(sail.Handle(0), 16, 20, sail.FORMAT_NV12, sail.DATA_TYPE_EXT_1N_BYTE)
        for call in (lambda: bmcv.bm_image_to_tensor(decoded), lambda: bmcv.crop(decoded, 0, 0, 16, 16)):
            with pytest.raises(sail.SailBMImageError):
                call()


def test_a_conversion_that_fails_says_nought():
    """Into another order of colours; the output is what it was."""
    with running_chip(expect_violations=True) as fake:
        sail = fake.module
        out = sail.BMImage(sail.Handle(0), 16, 16, sail.FORMAT_RGB_PLANAR, sail.DATA_TYPE_EXT_FLOAT32)
        before = sail.Bmcv(sail.Handle(0)).bm_image_to_tensor(out).asnumpy()
        assert sail.Bmcv(sail.Handle(0)).convert_to(planar(sail, noise(16, 16)), out, IDENTITY) == 0
        np.testing.assert_array_equal(sail.Bmcv(sail.Handle(0)).bm_image_to_tensor(out).asnumpy(), before)


def test_pictures_have_no_half_floats():
    """So models that take them cannot be fed by Bmcv."""
    with running_chip() as fake:
        sail = fake.module
        bmcv = sail.Bmcv(sail.Handle(0))
        assert bmcv.get_bm_image_data_format(sail.BM_INT8) is sail.DATA_TYPE_EXT_1N_BYTE_SIGNED
        with pytest.raises(sail.SailBMImageError):
            bmcv.get_bm_image_data_format(sail.BM_FLOAT16)


def test_sides_that_convert_to_does_not_check_are_violations():
    """2048 is the most that the older chip does, 4096 the other."""
    for target in CHIPS:
        with running_chip(Scenario(target=target), expect_violations=target == "BM1684") as fake:
            sail = fake.module
            image = planar(sail, noise(16, 2056))
            assert sail.Bmcv(sail.Handle(0)).convert_to(image, sail.BMImage(), IDENTITY) == 0


def test_jpegs_are_rows_of_bytes_and_fail_when_they_shall():
    """The old way and the new one."""
    bgr = cv2.GaussianBlur(noise(64, 80), (0, 0), 4)
    with running_chip(Scenario(jpeg_fails=(Spell(after=2, calls=2),))) as fake:
        sail = fake.module
        bmcv, encoder, image = sail.Bmcv(sail.Handle(0)), sail.Encoder(), planar(sail, bgr)
        for encode in (bmcv.imencode, encoder.pic_encode):
            jpeg = encode(".jpg", image)
            assert (jpeg.ndim, jpeg.dtype) == (1, np.uint8)
            assert np.abs(cv2.imdecode(jpeg, 1).astype(int) - bgr).mean() < 4
        with pytest.raises(sail.SailBMImageError):
            bmcv.imencode(".jpg", image)
        assert encoder.pic_encode(".jpg", image).size == 0
        bmcv.imencode(".jpg", image)
