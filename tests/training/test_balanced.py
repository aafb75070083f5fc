import numpy as np
import pytest
from later import Later

training_batches = Later("hirise.training.pipeline", "training_batches")

pytestmark = pytest.mark.tensorflow


LABELS = np.array([0] * 30 + [1] * 6 + [2] * 2 + [4] * 2)
PIXELS = np.tile(np.arange(40, dtype=np.uint8)[:, None, None, None], (1, 4, 4, 1))
ROWS = np.arange(40)


def rows_of(*, batch_size=8, seed=0, **options):
    batches = training_batches(
        PIXELS,
        LABELS,
        ROWS,
        n_classes=5,
        batch_size=batch_size,
        augment="none",
        seed=seed,
        balanced=True,
        **options,
    )
    return [images.numpy()[:, 0, 0, 0].astype(int) for images, _ in batches]


def test_each_class_comes_equally_often_in_each_batch():
    batches = rows_of()
    assert [len(batch) for batch in batches] == [8] * 5
    for batch in batches:
        counts = np.bincount(LABELS[batch], minlength=5)
        assert counts.tolist() == [2, 2, 2, 0, 2]


def test_what_is_left_over_goes_to_each_class_in_turn():
    batches = rows_of(batch_size=6, epochs=4)
    counts = np.array([np.bincount(LABELS[b], minlength=5) for b in batches])
    assert counts[:, 3].max() == 0
    present = counts[:, [0, 1, 2, 4]]
    assert np.ptp(present, axis=1).max() <= 1
    assert present.sum(axis=0).tolist() == [40] * 4


def test_images_of_a_class_come_equally_often_give_or_take_one():
    rows = np.concatenate(rows_of())
    times = np.bincount(rows, minlength=40)
    # 10 places a class: 10 of 30 images once; 6 images once or twice; 2 five times.
    assert sorted(times[:30]) == [0] * 20 + [1] * 10
    assert sorted(times[30:36]) == [1, 1, 2, 2, 2, 2]
    assert times[36:].tolist() == [5, 5, 5, 5]


def test_labels_belong_to_their_images():
    batches = training_batches(
        PIXELS,
        LABELS,
        ROWS,
        n_classes=5,
        batch_size=8,
        augment="none",
        seed=0,
        balanced=True,
    )
    for images, labels in batches:
        rows = images.numpy()[:, 0, 0, 0].astype(int)
        np.testing.assert_array_equal(labels, np.eye(5)[LABELS[rows]])


@pytest.mark.parametrize("batch_size", [6, 8])
def test_an_epoch_depends_on_its_number_and_the_seed_alone(batch_size):
    whole = rows_of(batch_size=batch_size, epochs=3)
    per_epoch = len(whole) // 3
    later = rows_of(batch_size=batch_size, epochs=3, first=2)
    for one, two in zip(later, whole[2 * per_epoch :], strict=True):
        np.testing.assert_array_equal(one, two)
    first, second = whole[0], whole[per_epoch]
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, rows_of(batch_size=batch_size, seed=1)[0])
