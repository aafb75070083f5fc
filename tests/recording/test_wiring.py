"""What recorders read of a network before its first step."""

from __future__ import annotations

import numpy as np
import pytest
from later import Later

keras = Later("keras")
layers = Later("keras.layers")
RunRecorder = Later("hirise.recording.keras", "RunRecorder")
wiring_of = Later("hirise.recording.keras_wiring", "wiring_of")

pytestmark = pytest.mark.tensorflow


def network(*parts):
    return keras.Sequential([keras.Input((8, 8, 1)), *parts])


def test_layers_without_an_activation_are_found_through_pooling_and_dropout():
    model = network(
        layers.Conv2D(4, 3, name="a"),
        layers.MaxPooling2D(),
        layers.Conv2D(4, 3, activation="relu", name="b"),
        layers.Flatten(),
        layers.Dense(5, name="c"),
        layers.Dropout(0.5),
        layers.Dense(3, name="logits"),
    )
    assert wiring_of(model)["linear_layers"] == ["a", "c"]


@pytest.mark.parametrize("kind", ["ReLU", "BatchNormalization", "LeakyReLU"])
def test_what_follows_a_linear_layer_may_be_its_activation(kind):
    between = getattr(keras.layers, kind)()
    model = network(layers.Conv2D(4, 3), between, layers.Flatten(), layers.Dense(3))
    assert wiring_of(model)["linear_layers"] == []


def test_a_network_that_branches_is_not_read():
    x = keras.Input((4,))
    first, second = layers.Dense(4)(x), layers.Dense(4)(x)
    branched = keras.Model(x, layers.Dense(2)(layers.Add()([first, second])))
    assert wiring_of(branched)["linear_layers"] == []
    chain = keras.Model(x, layers.Dense(2)(layers.Dense(4, name="one")(x)))
    assert wiring_of(chain)["linear_layers"] == ["one"]


@pytest.mark.parametrize("start", ["zeros", "ones"])
def test_hidden_weights_of_one_value_are_found_and_the_last_layer_is_not(start):
    model = network(
        layers.Flatten(),
        layers.Dense(4, activation="relu", name="hidden", kernel_initializer=start),
        layers.Dense(3, kernel_initializer="zeros"),
    )
    assert wiring_of(model)["equal_weights"] == ["hidden"]
    random = network(layers.Flatten(), layers.Dense(4), layers.Dense(3))
    assert wiring_of(random)["equal_weights"] == []


def test_a_run_tells_the_wiring_and_the_steps_of_an_epoch(tmp_path):
    model = network(layers.Flatten(), layers.Dense(4, name="one"), layers.Dense(3))
    model.compile("adam", "sparse_categorical_crossentropy")
    recorder = RunRecorder(artifacts=tmp_path)
    x, y = np.zeros((50, 8, 8, 1)), np.arange(50) % 3
    model.fit(x, y, batch_size=20, callbacks=[recorder], verbose=0)
    recipe = recorder.run.info.recipe
    assert recipe["linear_layers"] == ["one"]
    assert (recipe["equal_weights"], recipe["steps"]) == ([], 3)
