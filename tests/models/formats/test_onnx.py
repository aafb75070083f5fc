"""ONNX files that were put together by hand."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from hirise.errors import InputError
from hirise.models.formats.onnx import load_onnx

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 1)).astype(np.float32)


def test_channels_first_is_read_from_the_shape(tmp_path, bright):
    model = load_onnx(bright.write_onnx(tmp_path / "m.onnx"))
    assert (model.size, model.channels, model.layout) == (16, 1, "NCHW")
    assert (model.n_outputs, model.dtype, model.input_range) == (4, "float32", None)
    np.testing.assert_allclose(
        model.predict(IMAGES), bright.expected(IMAGES), atol=1e-4
    )


def test_channels_last_three_channels(tmp_path, bright):
    path = bright.write_onnx(tmp_path / "m.onnx", shape=("n", 16, 16, 3))
    model = load_onnx(path)
    images = np.repeat(IMAGES, 3, axis=3)
    assert (model.layout, model.channels) == ("NHWC", 3)
    np.testing.assert_allclose(
        model.predict(images), bright.expected(images), atol=1e-4
    )


def test_a_batch_of_one_goes_image_by_image(tmp_path, bright):
    model = load_onnx(bright.write_onnx(tmp_path / "m.onnx", shape=(1, 1, 16, 16)))
    np.testing.assert_allclose(
        model.predict(IMAGES), bright.expected(IMAGES), atol=1e-4
    )


def test_bytes_as_inputs_say_their_range(tmp_path, bright):
    model = load_onnx(bright.write_onnx(tmp_path / "m.onnx", dtype=TensorProto.UINT8))
    assert (model.dtype, model.input_range) == ("uint8", (0.0, 255.0))
    np.testing.assert_allclose(
        model.predict(IMAGES), bright.expected(IMAGES), atol=1e-4
    )


def test_any_size_needs_one(tmp_path, bright):
    path = bright.write_onnx(tmp_path / "m.onnx", shape=("n", 1, "h", "w"))
    with pytest.raises(InputError, match=r"any × any pixels\. Say which size"):
        load_onnx(path)
    assert load_onnx(path, size=24).size == 24
    fixed = bright.write_onnx(tmp_path / "f.onnx")
    with pytest.raises(InputError, match="16 × 16 pixels, not 24"):
        load_onnx(fixed, size=24)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"shape": ("n", 5)}, "takes 5, not one image"),
        ({"shape": ("n", 2, 16, 16)}, "One or three channels"),
        ({"shape": ("n", 1, 16, 8)}, "equal height and width"),
        ({"dtype": TensorProto.INT64}, r"takes tensor\(int64\)"),
    ],
)
def test_what_is_no_classifier_of_images(tmp_path, options, line, bright):
    with pytest.raises(InputError, match=line) as caught:
        load_onnx(bright.write_onnx(tmp_path / "m.onnx", **options))
    assert "\n" not in str(caught.value)


def test_a_damaged_file_is_one_line(tmp_path, bright):
    path = bright.write_onnx(tmp_path / "m.onnx")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="cannot be loaded by onnxruntime") as caught:
        load_onnx(path)
    assert "\n" not in str(caught.value)


def test_weights_in_a_second_file_that_is_absent_are_named(tmp_path, bright):
    path = bright.write_onnx(tmp_path / "m.onnx")
    model = onnx.load(path)
    onnx.save(
        model,
        path,
        save_as_external_data=True,
        location="m.onnx.data",
        size_threshold=45,  # Python's size of its bytes: the axis of a sum must stay
    )
    assert load_onnx(path).n_outputs == 4
    (tmp_path / "m.onnx.data").unlink()
    with pytest.raises(
        InputError, match=r"weights lie in m\.onnx\.data, which"
    ) as caught:
        load_onnx(path)
    assert "\n" not in str(caught.value)
