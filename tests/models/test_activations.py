"""What a probe says of small networks whose insides are known."""

import numpy as np
import pytest
from later import Later

from hirise.models.inspection import inspect_model, saved_loss
from hirise.models.predictor import MOST_PROBED, probe_rows

keras = Later("keras")
layers = Later("keras.layers")
loss_of = Later("hirise.models.activations", "loss_of")
probe = Later("hirise.models.activations", "probe")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

NAMES = ["a", "b", "c"]


def images(n=40, *, low=0.0, high=255.0):
    grid = np.linspace(low, high, n * 64, dtype=np.float32)
    return grid.reshape(n, 8, 8, 1)


def parts(*, scale=1 / 255, activation=None):
    """Layers whose relu has one unit of four dead: its bias is far below zero."""
    dense = layers.Dense(4, activation="relu", name="hidden")
    head = layers.Dense(3, activation=activation, name="head")
    made = [layers.Rescaling(scale), layers.Flatten(), dense, head]
    weights = [np.full((64, 4), 0.1), np.array([0.0, 0.1, 0.2, -1000.0])]
    return made, lambda: dense.set_weights(weights)


def sequential(**options):
    made, weigh = parts(**options)
    model = keras.Sequential([keras.Input((8, 8, 1)), *made])
    weigh()
    return model


def nested(**options):
    made, weigh = parts(**options)
    inner = keras.Sequential([keras.Input((8, 8, 1)), *made[:3]], name="inner")
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, made[3](inner(inputs)))
    weigh()
    return model


def subclassed(**options):
    class Subclassed(keras.Model):
        def __init__(self, made):
            super().__init__()
            self.made = made

        def call(self, x):
            for layer in self.made:
                x = layer(x)
            return x

    made, weigh = parts(**options)
    model = Subclassed(made)
    model(images(1))
    weigh()
    return model


@pytest.mark.parametrize("make", [sequential, nested, subclassed])
def test_dead_units_input_and_outputs_of_every_sort_of_model(make):
    model = make()
    found = probe(model, images(), NAMES, split="val")
    assert found["layers"] == [
        {
            "name": "hidden",
            "type": "Dense",
            "activation": "relu",
            "units": 4,
            "dead": 1,
            "dead_share": 0.25,
        }
    ]
    assert found["input"]["layer"] == "hidden"
    assert (found["input"]["min"], found["input"]["max"]) == (0.0, 1.0)
    assert found["input"]["mean"] == pytest.approx(0.5)
    assert found["input"]["varies"]
    assert not found["input"]["normalised"]
    logits = np.asarray(model.predict(images(), verbose=0))
    assert found["output"]["logit_std"] == pytest.approx(logits.std(axis=0), rel=1e-4)
    assert found["output"]["activation"] == "linear"
    assert (found["output"]["units"], found["output"]["n_labels"]) == (3, 3)
    assert (found["n_images"], found["split"]) == (40, "val")


def test_the_model_is_left_as_it_was():
    model = sequential()
    before = model.predict(images(), verbose=0)
    probe(model, images(), NAMES, split="val")
    assert all("call" not in vars(layer) for layer in model.layers)
    np.testing.assert_array_equal(model.predict(images(), verbose=0), before)


def test_convolution_units_are_channels_and_batch_norm_is_seen():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(name="relu"),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    kernel = np.zeros((3, 3, 1, 2))
    kernel[1, 1, 0, 0] = 1
    model.layers[0].set_weights([kernel])
    found = probe(model, images(), NAMES, split="val")
    assert [(one["units"], one["dead"]) for one in found["layers"]] == [(2, 1)]
    assert found["input"]["max"] == 255
    assert found["input"]["normalised"]


def test_an_input_that_is_cut_off_and_outputs_that_are_no_numbers():
    cut = probe(sequential(scale=0.0), images(), NAMES, split="val")
    assert not cut["input"]["varies"]
    assert cut["output"]["logit_std"] == [0, 0, 0]
    model = sequential()
    model.layers[-1].set_weights([np.full((4, 3), np.nan), np.zeros(3)])
    broken = probe(model, images(), NAMES, split="val")
    assert broken["output"]["logit_std"] == [None, None, None]


def test_softmax_is_undone_before_the_spread_is_taken():
    model = sequential(activation="softmax")
    found = probe(model, images(), NAMES, split="val")
    proba = np.asarray(model.predict(images(), verbose=0), dtype=np.float64)
    expected = np.log(np.maximum(proba, 1e-30)).std(axis=0)
    assert found["output"]["activation"] == "softmax"
    assert found["output"]["logit_std"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        pytest.param(
            lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            {"name": "SparseCategoricalCrossentropy", "from_logits": True},
            id="loss0-expected0",
        ),
        (
            "categorical_crossentropy",
            {"name": "categorical_crossentropy", "from_logits": False},
        ),
        ("mse", {"name": "mse", "from_logits": None}),
    ],
)
def test_the_loss_by_object_name_and_file(loss, expected, tmp_path):
    if not isinstance(loss, str):
        loss = loss()
    assert loss_of(loss) == expected
    model = sequential()
    model.compile(loss=loss)
    assert probe(model, images(), NAMES, split="val")["loss"] == expected
    path = tmp_path / "m.keras"
    model.save(path)
    assert saved_loss(path, inspect_model(path)) == expected


def test_a_model_that_was_never_compiled_has_no_known_loss(tmp_path):
    model = sequential()
    assert probe(model, images(), NAMES, split="val")["loss"] is None
    path = tmp_path / "m.keras"
    model.save(path)
    assert saved_loss(path, inspect_model(path)) is None


def test_rows_are_spread_and_at_most_256():
    assert probe_rows(np.arange(3)).tolist() == [0, 1, 2]
    rows = probe_rows(np.arange(1000))
    assert len(rows) == MOST_PROBED
    assert (rows[0], rows[-1]) == (0, 996)


def test_units_that_stay_near_a_bound_are_saturated():
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(4, activation="tanh", name="hidden"),
            layers.Dense(3),
        ]
    )
    kernel = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
    # tanh(8 ± 1) and tanh(-8 ± 1) lie beyond ±0.96, tanh(±1) does not.
    model.layers[0].set_weights([kernel, np.array([8.0, -8.0, 0.0, 8.0])])
    images = np.array([[-1.0, 0.0], [1.0, 0.0]], dtype="float32")
    (layer,) = probe(model, images, ["a", "b", "c"], split="val")["layers"]
    assert layer["saturated_share"] == 0.75
