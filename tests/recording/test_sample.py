"""The sample that each epoch is judged on: small, fixed, with the shares of all."""

import numpy as np
import pytest
from later import Later

from hirise.recording import batches

tf = Later("tensorflow")
labelled_batches = Later("hirise.recording.keras_batches", "labelled_batches")

pytestmark = pytest.mark.tensorflow


LABELS = np.repeat([0, 1, 2], [4000, 950, 50])
X = (np.arange(5000, dtype="float32") % 256)[:, None, None, None] * np.ones(
    (1, 2, 2, 1)
)


def sampled(data):
    return labelled_batches(data, "training_data").sample(lambda y: y)


def images_in(sample):
    batches = list(sample.batches())
    x = np.concatenate([x for x, _ in batches])
    return x, np.concatenate([ids for _, ids in batches])


@pytest.mark.parametrize("kind", ["arrays", "pipeline", "pipeline of unknown length"])
def test_class_frequencies_are_those_of_all(kind):
    data = (X.astype("float32"), LABELS)
    if kind != "arrays":
        data = tf.data.Dataset.from_tensor_slices(data).batch(64)
    if "unknown" in kind:
        data = data.filter(lambda x, y: True)
    sample = sampled(data)
    assert sample.ids.tolist() == LABELS.tolist()
    x, ids = images_in(sample)
    counts = np.bincount(ids)
    assert 1950 <= counts.sum() <= 2000
    np.testing.assert_allclose(counts / counts.sum(), [0.8, 0.19, 0.01], atol=0.001)
    np.testing.assert_array_equal(ids, LABELS[sample.rows])
    np.testing.assert_array_equal(x, X[sample.rows])
    assert x.dtype == np.float32
    np.testing.assert_array_equal(images_in(sample)[0], x)


def test_large_images_make_a_smaller_sample(monkeypatch):
    monkeypatch.setattr(batches, "MOST_BYTES", 4 * 300)
    data = tf.data.Dataset.from_tensor_slices((X.astype("float32"), LABELS)).batch(50)
    # Whole numbers up to 255 are kept as bytes: 2 × 2 of them an image.
    assert len(sampled(data).rows) == 300
    halves = data.map(lambda x, y: (x / 2, y))
    assert len(sampled(halves).rows) == pytest.approx(75, abs=2)


def test_few_images_are_all_taken():
    data = tf.data.Dataset.from_tensor_slices((X[:90], LABELS[:90])).batch(7)
    assert sampled(data).rows.tolist() == list(range(90))
