"""Files that Keras itself wrote; TensorBoard, on which it leans, comes with `dev`."""

import json

import numpy as np
import pytest

from hirise.history import read_curves

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with what Keras' callbacks wrote of 2 + 1 epochs, and its histories."""
    pytest.importorskip("tensorboard", reason="Keras' TensorBoard callback needs it")
    import keras

    folder = tmp_path_factory.mktemp("keras")
    x = np.random.default_rng(0).random((40, 3), dtype=np.float32)
    y = (x.sum(axis=1) > 1.5).astype(int)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    histories = []
    for epochs in (2, 1):
        callbacks = [
            keras.callbacks.CSVLogger(folder / "log.csv", separator=";", append=True),
            keras.callbacks.TensorBoard(
                str(folder / f"logs-{epochs}"), update_freq="batch", histogram_freq=1
            ),
        ]
        fitted = model.fit(
            x, y, validation_data=(x, y), epochs=epochs, verbose=0, callbacks=callbacks
        )
        histories.append(fitted.history)
    (folder / "history.json").write_text(json.dumps(histories[0]))
    return folder, histories


CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")


@pytest.mark.filterwarnings("ignore")
def test_the_tensorboard_callback(trained):
    folder, (first, _) = trained
    found = read_curves(folder / "logs-2")
    for curve in CURVES:
        np.testing.assert_allclose(found.table[curve], first[curve], rtol=1e-6)
    np.testing.assert_allclose(found.table["learning_rate"], [0.001, 0.001])
    assert "train/batch_loss" in found.left_aside


@pytest.mark.filterwarnings("ignore")
def test_the_csv_logger_that_went_on(trained):
    folder, histories = trained
    found = read_curves(folder / "log.csv")
    for curve in CURVES:
        both = histories[0][curve] + histories[1][curve]
        np.testing.assert_allclose(found.table[curve], both)
    assert found.notes[0].startswith("The epochs begin again once")


@pytest.mark.filterwarnings("ignore")
def test_the_history_as_json(trained):
    folder, (first, _) = trained
    assert read_curves(folder / "history.json").table["loss"].tolist() == first["loss"]
