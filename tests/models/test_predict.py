"""Real Keras models on made-up images, small enough to be worked out by hand."""

import numpy as np
import pytest
from later import Later
from PIL import Image
from recorded_progress import RecordedProgress

from hirise.data import read_catalog
from hirise.errors import InputError
from hirise.models.plan import make_plan
from hirise.models.prediction import predict
from hirise.predictions import read_predictions
from hirise.runs.embeddings import embeddings_path, read_embeddings

keras = Later("keras")
layers = Later("keras.layers")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

WEIGHTS = np.array([[0.02, -0.01, 0.0, 0.005]])
BIAS = np.array([0.0, 1.0, 0.5, -1.0])


def brightness_model(*, channels=1, outputs=4, activation=None, size=16, before=()):
    """Its outputs are a linear function of an image's mean brightness."""
    inputs = keras.Input((size, size, channels))
    x = layers.GlobalAveragePooling2D()(inputs)
    for layer in before:
        x = layer(x)
    dense = layers.Dense(outputs, activation=activation)
    model = keras.Model(inputs, dense(x))
    if outputs == 4:
        dense.set_weights([np.repeat(WEIGHTS, channels, 0) / channels, BIAS])
    return model


def softmax(logits):
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True)


def expected(root, scale=1.0):
    table = read_catalog(root).table
    means = [np.asarray(Image.open(root / path)).mean() for path in table["path"]]
    return softmax(np.array(means)[:, None] * scale * WEIGHTS + BIAS)


def run_of(model, root, tmp_path, name="m.keras", **options):
    path = tmp_path / name
    model.save(path) if not isinstance(model, bytes) else path.write_bytes(model)
    usual = {"scale": "0-255", "class_order": "dataset", "resize": "stretch"}
    options = usual | options
    plan = make_plan(path, root, **options)
    return predict(plan, artifacts=tmp_path / "artifacts", sandboxed=False)


def test_a_model_of_logits_gives_the_run_worked_out_by_hand(make_dataset, tmp_path):
    root = make_dataset()
    progress = RecordedProgress()
    (tmp_path / "artifacts").mkdir()
    path = tmp_path / "bright.keras"
    brightness_model().save(path)
    run = predict(
        make_plan(path, root, scale="0-255", class_order="dataset", resize="stretch"),
        artifacts=tmp_path / "artifacts",
        progress=progress,
        sandboxed=False,
    )
    assert (run.info.status, run.info.title) == ("imported", "bright")
    assert run.splits() == ("all",)
    found = read_predictions(run.predictions_path("all"))
    np.testing.assert_allclose(found.proba, expected(root), atol=1e-5)
    assert found.y_true.tolist() == read_catalog(root).table["label"].tolist()
    assert any("given as 0-255 in 1 channel." in note for note in run.info.notes)
    assert any("read as logits" in note for note in run.info.notes)
    assert progress.updates[-1] == ("Predicting", 48, 48)
    assert (run.folder / "model.keras").read_bytes() == path.read_bytes()
    assert run.dataset_path == root.resolve()


def test_what_the_last_layer_gets_is_kept_of_each_image(make_dataset, tmp_path):
    root = make_dataset()
    first = read_catalog(root).table["path"].iloc[0]
    (root / first).write_bytes(b"no image")
    run = run_of(brightness_model(), root, tmp_path, split="landmark")
    catalog = run.catalog()
    assert (catalog["split"] != "").sum() == 47
    for split in run.splits():
        rows = catalog[catalog["split"] == split]
        means = [np.asarray(Image.open(root / path)).mean() for path in rows["path"]]
        found = read_embeddings(run, split)
        np.testing.assert_allclose(found, np.array(means)[:, None], rtol=1e-3)


def test_a_network_of_one_part_is_predicted_without_features(make_dataset, tmp_path):
    whole = keras.Sequential([keras.Input((16, 16, 1)), brightness_model()])
    run = run_of(whole, make_dataset(), tmp_path)
    assert run.splits() == ("all",)
    assert not embeddings_path(run.folder, "all").exists()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_h5_three_channels_probabilities_scale_and_splits(make_dataset, tmp_path):
    root = make_dataset()
    model = brightness_model(channels=3, activation="softmax")
    run = run_of(model, root, tmp_path, "m.h5", scale="0-1", split="landmark")
    assert run.splits() == ("train", "val", "test")
    found = read_predictions(run.predictions_path("val"))
    rows = read_catalog(root).table["image"].isin(found.image).to_numpy()
    np.testing.assert_allclose(found.proba, expected(root, 1 / 255)[rows], atol=1e-5)
    assert any("read as probabilities" in note for note in run.info.notes)


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: brightness_model(outputs=3), "gives 3 numbers per image.*4 classes"),
        (lambda: brightness_model(channels=2), "One or three channels"),
        (lambda: brightness_model(size=None), "Say which size"),
        (
            lambda: keras.Sequential([keras.Input((16, 16, 1)), layers.Conv2D(4, 3)]),
            "is not an image classifier",
        ),
        (
            lambda: keras.Sequential([keras.Input((5,)), layers.Dense(4)]),
            "not one image",
        ),
        (
            lambda: brightness_model(before=[layers.Lambda(lambda x: x * 2)]),
            "holds a Lambda layer",
        ),
    ],
)
def test_models_that_do_not_fit_give_one_line(make_dataset, tmp_path, make, line):
    with pytest.raises(InputError, match=line) as caught:
        run_of(make(), make_dataset(), tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("artifacts/*"))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_lambda_in_h5_and_damaged_files(make_dataset, tmp_path):
    root = make_dataset()
    model = brightness_model(before=[layers.Lambda(lambda x: x * 2)])
    with pytest.raises(InputError, match="holds a Lambda layer"):
        run_of(model, root, tmp_path, "m.h5")
    whole = brightness_model()
    whole.save(tmp_path / "whole.keras")
    content = (tmp_path / "whole.keras").read_bytes()
    with pytest.raises(InputError, match="damaged"):
        run_of(content[:-500], root, tmp_path)
    whole.save_weights(tmp_path / "only.weights.h5")
    with pytest.raises(InputError, match="only weights"):
        run_of((tmp_path / "only.weights.h5").read_bytes(), root, tmp_path, "w.h5")
    with pytest.raises(InputError, match=r"HDF5 file is damaged|cannot be loaded"):
        run_of(b"\x89HDF\r\n\x1a\n" + b"x" * 500, root, tmp_path, "x.h5")
