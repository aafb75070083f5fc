"""Where networks look, on a cue that was planted."""

import numpy as np
import pytest
from later import Later

from hirise.models.outputs import normalise_maps
from hirise.models.saliency import occlusion

keras = Later("keras")
layers = Later("keras.layers")
module = Later("hirise.models.grad_cam")
grad_cam = Later("hirise.models.grad_cam", "grad_cam")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

SIDE, SQUARE = 48, 16


def images(n=48, *, seed=0):
    """Grey noise, and in class 1 a bright square: images, classes, squares."""
    rng = np.random.default_rng(seed)
    found = rng.integers(60, 120, (n, SIDE, SIDE)).astype(np.uint8)
    classes, squares = np.arange(n) % 2, np.zeros((n, SIDE, SIDE), dtype=bool)
    for k in np.flatnonzero(classes):
        top, left = rng.integers(0, SIDE - SQUARE, 2)
        squares[k, top : top + SQUARE, left : left + SQUARE] = True
    found[squares] = 250
    return found, classes.astype(np.int64), squares


def blocks():
    """Layers that keep the places at half of the resolution."""
    return [
        layers.Rescaling(1 / 255),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
    ]


def ends(activation=None, n=2):
    return [layers.GlobalMaxPooling2D(), layers.Dense(n, activation=activation)]


def sequential():
    return keras.Sequential([keras.Input((SIDE, SIDE, 1)), *blocks(), *ends()])


def functional():
    inputs = x = keras.Input((SIDE, SIDE, 1))
    for layer in [*blocks(), *ends("softmax")]:
        x = layer(x)
    return keras.Model(inputs, x)


def nested():
    inner = keras.Sequential([keras.Input((SIDE, SIDE, 1)), *blocks()])
    inputs = keras.Input((SIDE, SIDE, 1))
    x = inner(inputs)
    for layer in ends():
        x = layer(x)
    return keras.Model(inputs, x)


def subclassed():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.made = [*blocks(), *ends()]

        def call(self, x):
            for layer in self.made:
                x = layer(x)
            return x

    return Subclassed()


@pytest.fixture(scope="module")
def learned():
    """Weights of a network that has learned the cue; those of `ends` are logits."""
    keras.utils.set_random_seed(1)
    model = sequential()
    x, y, _ = images(128, seed=1)
    model.compile(
        keras.optimizers.Adam(0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(x[..., None].astype("float32"), y, batch_size=16, epochs=15, verbose=0)
    return model.get_weights()


def inside(maps, squares, classes):
    """Share of the saliency within the squares, over images that have one."""
    return float((maps * squares).sum(axis=(1, 2))[classes == 1].mean())


@pytest.mark.parametrize(
    "make", [sequential, functional, nested, pytest.param(subclassed, id="Subclassed")]
)
def test_grad_cam_marks_the_square_that_the_classes_differ_by(make, learned, tmp_path):
    model = make()
    x, classes, squares = images()
    given = x[..., None].astype("float32")
    model(given[:1])  # builds the layers of a subclass
    model.set_weights(learned)
    called = np.asarray(model(given)).argmax(axis=1)
    assert (called == classes).all(), "the network has learned the cue"
    maps = grad_cam(model, given, classes)
    assert maps.shape == x.shape
    assert (maps >= 0).all()
    np.testing.assert_allclose(maps[classes == 1].sum(axis=(1, 2)), 1, rtol=1e-4)
    assert inside(maps, squares, classes) >= 0.8
    if make is not subclassed:
        model.save(tmp_path / "m.keras")
        again = keras.models.load_model(tmp_path / "m.keras", compile=False)
        np.testing.assert_allclose(grad_cam(again, given, classes), maps, atol=1e-5)


def test_covering_finds_the_square_too():
    x, classes, squares = images(8)

    def probabilities(batch):
        bright = (batch > 200).sum(axis=(1, 2)) / SQUARE**2
        return np.stack([1 - bright, bright], axis=1)

    maps = occlusion(probabilities, x, classes)
    np.testing.assert_allclose(maps[classes == 1].sum(axis=(1, 2)), 1, rtol=1e-5)
    assert inside(maps, squares, classes) >= 0.6
    # Nothing speaks for class 0 anywhere: covering noise changes no probability.
    assert (maps[classes == 0] == 0).all()


def test_one_output_of_two_classes():
    inputs = keras.Input((4, 4, 1))
    convolution = layers.Conv2D(1, 1, use_bias=False)
    x = layers.GlobalAveragePooling2D()(convolution(inputs))
    dense = layers.Dense(1, activation="sigmoid")
    model = keras.Model(inputs, dense(x))
    convolution.set_weights([np.ones((1, 1, 1, 1))])
    dense.set_weights([np.array([[1.0]]), np.array([-1.0])])
    image = np.zeros((1, 4, 4, 1), np.float32)
    image[0, 1, 2, 0] = 3.0
    found = grad_cam(model, image, np.array([1]))
    # The map is the image times a positive weight, so all of it lies on one pixel.
    assert found[0, 1, 2] == pytest.approx(1)
    # For the other class the same place speaks against it: nothing is left.
    assert grad_cam(model, image, np.array([0])).sum() == 0


def test_without_a_feature_map_there_is_no_saliency_map():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2)]
    )
    with pytest.raises(module.NoFeatureMap):
        grad_cam(model, np.zeros((1, 4, 4, 1), np.float32), np.array([0]))


def test_normalised_maps_by_hand():
    maps = np.array([[[1.0, 3.0]], [[0.0, 0.0]]], dtype=np.float32)
    assert normalise_maps(maps).tolist() == [[[0.25, 0.75]], [[0.0, 0.0]]]
