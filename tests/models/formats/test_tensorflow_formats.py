"""The same Keras model as a SavedModel and as LiteRT files."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from later import Later

from hirise.errors import InputError
from hirise.models.formats.litert import dequantise, load_tflite, quantise
from hirise.models.formats.saved_model import load_saved_model
from hirise.models.inspection import inspect_model

keras = Later("keras")
tf = Later("tensorflow")
layers = Later("keras.layers")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def exported(tmp_path_factory, bright):
    """A SavedModel whose logits are those of `expected`."""
    inputs = keras.Input((16, 16, 1))
    dense = layers.Dense(4)
    model = keras.Model(inputs, dense(layers.GlobalAveragePooling2D()(inputs)))
    dense.set_weights([bright.weights, bright.bias])
    folder = tmp_path_factory.mktemp("model") / "saved"
    model.export(folder, verbose=False)
    return folder


def converted(folder, path, *, int8=False):
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        # One image of white and one of black, lest the range is that of noise.
        ends = [np.full((1, 16, 16, 1), value, np.float32) for value in (0, 255)]
        converter.representative_dataset = lambda: ([one] for one in ends)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    path.write_bytes(converter.convert())
    return path


def test_a_saved_model(exported, bright):
    assert inspect_model(exported).form == "savedmodel"
    model = load_saved_model(exported)
    assert (model.size, model.channels, model.layout) == (16, 1, "NHWC")
    np.testing.assert_allclose(
        model.predict(IMAGES), bright.expected(IMAGES), atol=1e-4
    )


def test_a_saved_model_that_saves_when_it_predicts(tmp_path):
    class Writer(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 16, 16, 1), tf.float32)])
        def serve(self, images):
            tf.raw_ops.SaveV2(
                prefix=str(tmp_path / "evil"),
                tensor_names=["a"],
                shape_and_slices=[""],
                tensors=[tf.constant(1.0)],
            )
            return {"out": tf.reduce_mean(images, axis=[1, 2])}

    module = Writer()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.serve)
    with pytest.raises(InputError, match="operation SaveV2, which reads"):
        load_saved_model(tmp_path / "m")
    assert not list(tmp_path.glob("evil*"))


def test_a_saved_model_that_reads_files_is_refused_unloaded(tmp_path):
    class Reader(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 16, 16, 1), tf.float32)])
        def serve(self, images):
            secret = tf.io.read_file("/etc/hostname")
            length = tf.cast(tf.strings.length(secret), tf.float32)
            return {"out": tf.reduce_mean(images, axis=[1, 2]) + length}

    module = Reader()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.serve)
    with pytest.raises(InputError, match="operation ReadFile, which accesses files"):
        inspect_model(tmp_path / "m")


def test_a_lite_file_of_floats_in_any_batch(exported, tmp_path, bright):
    model = load_tflite(converted(exported, tmp_path / "m.tflite"))
    assert (model.dtype, model.input_range) == ("float32", None)
    for images in (IMAGES, IMAGES[:2], IMAGES[:1]):
        np.testing.assert_allclose(
            model.predict(images), bright.expected(images), atol=1e-4
        )


def test_a_lite_file_of_integers_says_its_range(exported, tmp_path, bright):
    model = load_tflite(converted(exported, tmp_path / "m.tflite", int8=True))
    assert model.dtype == "int8"
    assert model.input_range == pytest.approx((0, 255), abs=0.5)
    # Its outputs lie 6.1 apart at most, in 256 steps; weights are rounded too.
    np.testing.assert_allclose(
        model.predict(IMAGES), bright.expected(IMAGES), atol=0.15
    )


def test_a_lite_file_that_the_usual_delegate_refuses_runs_without_it(tmp_path):
    """A dead channel of huge weights: its scale is over 256 times the output's."""
    inputs = keras.Input((16, 16, 1))
    convolution, dense = layers.Conv2D(2, 1, activation="relu"), layers.Dense(2)
    hidden = layers.GlobalAveragePooling2D()(convolution(inputs))
    model = keras.Model(inputs, dense(hidden))
    convolution.set_weights([np.array([[[[1.0, -1e6]]]]), np.zeros(2)])
    dense.set_weights([np.array([[1.0, -1.0], [0.0, 0.0]]), np.array([0.0, 200.0])])
    model.export(tmp_path / "saved", verbose=False)
    path = converted(tmp_path / "saved", tmp_path / "m.tflite", int8=True)
    with pytest.raises(RuntimeError, match="XNNPACK"):
        Interpreter(str(path)).allocate_tensors()
    found = load_tflite(path).predict(IMAGES)
    means = IMAGES.mean(axis=(1, 2, 3))
    # Steps of the outputs are (255 + 55) / 255 apart, and those of the map 1.
    np.testing.assert_allclose(found[:, 0], means, atol=3)
    np.testing.assert_allclose(found[:, 1], 200 - means, atol=3)


def test_quantisation_by_hand():
    details = {"dtype": np.int8, "quantization": (0.5, -10)}
    images = np.array([-100.0, 0.0, 1.0, 68.5, 100.0], dtype=np.float32)
    steps = quantise(images, details)
    assert steps.tolist() == [-128, -10, -8, 127, 127]
    assert dequantise(steps, details).tolist() == [-59.0, 0.0, 1.0, 68.5, 68.5]
    floats = {"dtype": np.float32, "quantization": (0.0, 0)}
    assert quantise(images, floats).tolist() == images.tolist()


def test_damaged_files(exported, tmp_path):
    path = converted(exported, tmp_path / "m.tflite")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match="cannot be loaded by LiteRT") as caught:
        load_tflite(path)
    assert "\n" not in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"unless it holds saved_model\.pb"):
        inspect_model(tmp_path / "empty")
    (tmp_path / "empty" / "saved_model.pb").write_bytes(b"no graph")
    with pytest.raises(InputError, match="cannot be loaded by TensorFlow"):
        load_saved_model(tmp_path / "empty")
