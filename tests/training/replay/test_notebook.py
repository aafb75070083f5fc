"""What is written down as seen is what Keras paired, call after call."""

import numpy as np
import pytest
from later import Later
from PIL import Image

Notebook = Later("hirise.training.replay.notebook", "Notebook")
in_order = Later("hirise.training.replay.notebook", "in_order")

pytestmark = pytest.mark.tensorflow


N = 40
LABELS = np.arange(N) % 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Image number n is all of grey level 5 n."""
    root = tmp_path_factory.mktemp("numbered")
    for number in range(N):
        grey = np.full((8, 8), 5 * number, dtype=np.uint8)
        Image.fromarray(grey).save(root / f"{number:03d}.png")
    return root


def pairs_in(dataset):
    """(number, label) of every image, as a training would get them."""
    return sorted(
        (round(float(image.mean()) / 5), int(label))
        for images, labels in dataset
        for image, label in zip(images.numpy(), labels.numpy(), strict=True)
    )


def shuffled(times):
    labels = LABELS.copy()
    from hirise.training.replay.notebook import SEED

    rng = [np.random.RandomState(SEED) for _ in range(times)]
    for one in rng:
        one.shuffle(labels)
    return labels


@pytest.mark.parametrize("right", [False, True])
def test_four_calls_on_one_list(folder, right):
    notebook = Notebook(folder, LABELS, copy_labels=right)
    numbers = []
    for call, subset in enumerate(["training", "validation"] * 2):
        loaded = notebook.load(subset, batch_size=9)
        written = sorted(
            (int(file[:3]), int(label))
            for file, label in zip(loaded.files, loaded.labels, strict=True)
        )
        assert pairs_in(loaded.dataset) == written
        # Call k sees the right labels shuffled k − 1 times too often.
        expected = LABELS if right else shuffled(call)
        assert written == [(n, expected[n]) for n, _ in written]
        numbers.append({n for n, _ in written})
    assert numbers[0] | numbers[1] == set(range(N))
    assert not numbers[0] & numbers[1]
    assert numbers[2:] == numbers[:2]


def test_cells_of_a_later_exercise_follow_earlier_calls(folder):
    notebook = Notebook(folder, LABELS)
    train, val = notebook.cells(batch_size=9, calls_before=2)
    for loaded, times in ((train, 2), (val, 3)):
        rows = [int(file[:3]) for file in loaded.files]
        np.testing.assert_array_equal(loaded.labels, shuffled(times)[rows])


def test_pixels_in_order_are_those_of_keras(folder):
    loaded = Notebook(folder, LABELS).load("validation", batch_size=9)
    data = in_order([folder / f for f in loaded.files], loaded.labels, batch_size=4)
    ours = pairs_in(data)
    assert ours == pairs_in(loaded.dataset)
    first, labels = next(iter(data))
    assert first.shape == (4, 227, 227, 3)
    assert labels.numpy().tolist() == loaded.labels[:4].tolist()


def test_a_keras_that_leaves_the_list_alone_is_noticed(folder, monkeypatch):
    import keras

    real = keras.utils.image_dataset_from_directory

    def mended(*args, labels, **options):
        return real(*args, labels=list(labels), **options)

    monkeypatch.setattr(keras.utils, "image_dataset_from_directory", mended)
    notebook = Notebook(folder, LABELS)
    for subset in ("training", "validation"):
        loaded = notebook.load(subset, batch_size=9)
        rows = [int(file[:3]) for file in loaded.files]
        np.testing.assert_array_equal(loaded.labels, LABELS[rows])
