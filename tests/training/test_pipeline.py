import numpy as np
import pytest
from later import Later

tf = Later("tensorflow")
plain_batches = Later("hirise.models.batches", "plain_batches")
random_brightness = Later("hirise.training.pipeline", "random_brightness")
random_shift = Later("hirise.training.pipeline", "random_shift")
random_symmetry = Later("hirise.training.pipeline", "random_symmetry")
training_batches = Later("hirise.training.pipeline", "training_batches")

pytestmark = pytest.mark.tensorflow


PIXELS = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), dtype=np.uint8)
LABELS = np.arange(40) % 3


def symmetries(image):
    turned = [np.rot90(image, k) for k in range(4)]
    return [*turned, *(one.T for one in turned)]


def batches(seed=0, augment="none", **epochs):
    return training_batches(
        PIXELS,
        LABELS,
        np.arange(5, 40),
        n_classes=3,
        batch_size=8,
        augment=augment,
        seed=seed,
        **epochs,
    )


def which(images):
    """The row of `PIXELS` that each image is."""
    flat = PIXELS.reshape(len(PIXELS), -1)
    found = [
        np.flatnonzero((flat == np.ravel(i).astype(np.uint8)).all(1)) for i in images
    ]
    return np.concatenate(found)


def test_an_epoch_has_each_image_once_with_its_own_label():
    images, labels = zip(*batches().as_numpy_iterator(), strict=True)
    assert images[0].shape == (8, 16, 16, 1)
    assert images[0].dtype == np.float32
    rows = which(np.concatenate(images))
    assert sorted(rows) == list(range(5, 40))
    np.testing.assert_array_equal(np.concatenate(labels), np.eye(3)[LABELS[rows]])


def test_epochs_differ_and_seeds_repeat():
    images, _ = zip(*batches(epochs=2).as_numpy_iterator(), strict=True)
    first, second = np.concatenate(images[:5]), np.concatenate(images[5:])
    assert sorted(which(first)) == sorted(which(second)) == list(range(5, 40))
    assert not np.array_equal(first, second)
    again = np.concatenate([one for one, _ in batches().as_numpy_iterator()])
    np.testing.assert_array_equal(first, again)
    other = np.concatenate([one for one, _ in batches(seed=1).as_numpy_iterator()])
    assert not np.array_equal(first, other)


def test_a_later_epoch_brings_the_same_without_those_before_it():
    augment = "symmetries-shift-contrast"
    all_of_them = list(batches(augment=augment, epochs=3).as_numpy_iterator())
    later = list(batches(augment=augment, epochs=3, first=2).as_numpy_iterator())
    assert len(later) == 5
    for (images, labels), (kept, known) in zip(later, all_of_them[10:], strict=True):
        np.testing.assert_array_equal(images, kept)
        np.testing.assert_array_equal(labels, known)


def test_plain_batches_keep_order_and_pixels():
    rows = np.array([7, 3, 3, 39])
    found = np.concatenate(list(plain_batches(PIXELS, rows, batch_size=3)))
    np.testing.assert_array_equal(found, PIXELS[rows])


def test_random_symmetry_gives_all_eight_symmetries_and_nothing_else():
    images = np.repeat(PIXELS[:1], 200, axis=0)
    turned = random_symmetry(
        tf.constant(images), tf.constant([1, 2], tf.int64)
    ).numpy()[..., 0]
    known = [one.tobytes() for one in symmetries(PIXELS[0, ..., 0])]
    seen = {one.tobytes() for one in turned}
    assert len(set(known)) == 8
    assert seen == set(known)


@pytest.mark.parametrize("seed", range(5))
def test_shift_moves_by_a_sixteenth_at_most(seed):
    ramp = np.broadcast_to(np.arange(32.0, dtype=np.float32), (2, 32, 32))[..., None]
    moved = random_shift(tf.constant(ramp), tf.constant([seed, 0], tf.int64)).numpy()
    assert moved.shape == ramp.shape
    by = moved[0, 0, 16, 0] - 16
    assert abs(by) <= 2
    np.testing.assert_array_equal(moved[:, :, 4:28], ramp[:, :, 4:28] + by)


def test_relight_changes_each_image_within_its_bounds():
    grey = tf.fill([500, 2, 2, 1], 128.0)
    changed = random_brightness(grey, tf.constant([0, 1], tf.int64)).numpy()
    assert np.ptp(changed, axis=(1, 2, 3)).max() == 0
    assert 11 < np.abs(changed - 128).max() <= 12
    white = random_brightness(grey + 127, tf.constant([0, 1], tf.int64)).numpy()
    assert white.max() <= 255
