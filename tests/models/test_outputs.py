"""Logits and probabilities told apart, and the checks that need no TensorFlow."""

import json
import zipfile

import numpy as np
import pytest

from hirise.errors import InputError
from hirise.models.inspection import inspect_model
from hirise.models.outputs import decode_outputs
from hirise.models.pixel_scales import Encoding, as_input
from hirise.models.plan import make_plan

pytestmark = pytest.mark.tensorflow

NAMES = ("cat", "dog")


def read(rows, names=NAMES):
    return decode_outputs(np.array(rows, dtype=float), names)


def test_rows_that_sum_to_one_are_probabilities():
    found = read([[0.25, 0.75], [0.9, 0.1]])
    assert found.y_pred.tolist() == [1, 0]
    np.testing.assert_array_equal(found.proba, [[0.25, 0.75], [0.9, 0.1]])
    assert "read as probabilities" in found.note


def test_other_numbers_are_logits():
    found = read([[0.0, np.log(3)], [5.0, 5.0]])
    np.testing.assert_allclose(found.proba, [[0.25, 0.75], [0.5, 0.5]])
    assert "read as logits" in found.note


def test_logits_that_sum_to_one_by_chance_are_logits():
    np.testing.assert_allclose(read([[-1.0, 2.0]]).proba[0, 1], 1 / (1 + np.exp(-3)))


def test_a_sigmoid_per_class_keeps_labels_only():
    found = read([[0.9, 0.8], [0.1, 0.7]])
    assert (found.y_pred.tolist(), found.proba) == ([0, 1], None)
    assert "sigmoid" in found.note


def test_a_single_output_is_of_the_second_class():
    found = read([[0.25], [0.75]])
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.25, 0.75]])
    assert found.y_pred.tolist() == [0, 1]
    logits = read([[-np.log(3)], [np.log(3)]])
    np.testing.assert_allclose(logits.proba, [[0.75, 0.25], [0.25, 0.75]])
    assert logits.y_pred.tolist() == [0, 1]


def test_nan_keeps_labels_only():
    found = read([[np.nan, 1.0], [0.0, 1.0]])
    assert found.proba is None
    assert "NaN or infinite for 1 images" in found.note


@pytest.mark.parametrize(
    ("scale", "black", "white"),
    [("0-255", 0, 255), ("0-1", 0, 1), ("-1-1", -1, 1)],
)
def test_scales_and_channels(scale, black, white):
    pixels = np.array([[[[0], [255]], [[255], [0]]]], dtype=np.uint8)
    batch = as_input(pixels, 3, Encoding(scale))
    assert batch.shape == (1, 2, 2, 3)
    np.testing.assert_allclose(batch[0, 0, 0], black, atol=1e-6)
    np.testing.assert_allclose(batch[0, 0, 1], white, atol=1e-6)


def write_model(path, config, **members):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def of(class_name, module="keras.layers"):
    layer = {"class_name": class_name, "module": module, "config": {}}
    return {"class_name": "Sequential", "config": {"layers": [layer]}}


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (of("Lambda"), "holds a Lambda layer, which can run any code"),
        (of("TFSMLayer"), "can run any code"),
        (of("__lambda__"), "can run any code"),
        (of("StringLookup"), "can read other files"),
        (of("system", "os"), r"needs os\.system, code that is not in the file"),
        (of("Mine", "my.layers"), r"needs my\.layers\.Mine"),
        (["no"], "is not a JSON object"),
    ],
)
def test_models_that_could_run_code_are_refused(tmp_path, config, line):
    with pytest.raises(InputError, match=line):
        inspect_model(write_model(tmp_path / "m.keras", config))


@pytest.mark.parametrize("name", ["../evil", "/evil", "assets/../../evil"])
def test_paths_in_a_model_that_lead_elsewhere(tmp_path, name):
    path = write_model(tmp_path / "m.keras", of("Dense"), **{name: "x"})
    with pytest.raises(InputError, match="path"):
        inspect_model(path)


def test_no_model_at_all(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(InputError, match=r"holds no config\.json"):
        inspect_model(tmp_path / "m.keras")
    (tmp_path / "m.pkl").write_bytes(b"\x80\x04")
    with pytest.raises(InputError, match="is a pickle"):
        inspect_model(tmp_path / "m.pkl")


def test_an_unknown_scale(tmp_path, make_dataset):
    model = write_model(tmp_path / "m.keras", of("Dense"))
    with pytest.raises(InputError, match="Did you mean '0-255'"):
        make_plan(model, make_dataset(), scale="0-256")


def test_without_a_published_split_all_images_are_one(tmp_path, make_dataset):
    model = write_model(tmp_path / "m.keras", of("Dense"))
    root = make_dataset()
    plan = make_plan(model, root)
    assert (set(plan.split), plan.split_name) == ({"all"}, "all")
    assert set(make_plan(model, root, split="landmark").split) == {
        "train",
        "val",
        "test",
    }


def test_rounded_probabilities_sum_to_one_within_half_a_step_each():
    # Steps of 1/256, of which 86, 86 and 85 make 257: one too many by rounding.
    steps = np.array([[86.0, 86.0, 85.0], [256.0, 0.0, 0.0]]) / 256
    names = ("a", "b", "c")
    assert decode_outputs(steps, names).proba is None
    found = decode_outputs(steps, names, step=1 / 256)
    assert found.proba[0].tolist() == pytest.approx([86 / 257, 86 / 257, 85 / 257])
    assert "read as probabilities" in found.note
    # Three half steps are 1.5 of 256: 259 is too much.
    sigmoids = np.array([[87.0, 87.0, 85.0]]) / 256
    assert decode_outputs(sigmoids, names, step=1 / 256).proba is None
