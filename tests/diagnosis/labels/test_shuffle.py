"""The proof of Keras' in-place shuffle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirise.diagnosis.labels.shuffle import find_shuffle, shuffled_order, sources


def listed(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels with a common class, and sides of 300 train and 100 val images."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(4, n, p=[0.7, 0.1, 0.1, 0.1])
    split = np.where(np.arange(n) % 4 == 3, "val", "train")
    return labels, split


def passed(labels: np.ndarray, seed: int, times: int) -> np.ndarray:
    """The list after so many calls, shuffled as Keras does it."""
    found = labels.tolist()
    for _ in range(times):
        np.random.RandomState(seed).shuffle(found)
    return np.array(found)


@given(n=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_a_list_and_an_array_are_shuffled_alike(n, seed):
    shuffled = list(range(n))
    np.random.RandomState(seed).shuffle(shuffled)
    assert shuffled_order(n, seed=seed).tolist() == shuffled


@given(n=st.integers(1, 200), seed=st.integers(0, 10_000), times=st.integers(1, 4))
def test_sources_are_where_labels_come_from(n, seed, times):
    labels = np.arange(n) * 3
    places = np.arange(0, n, 2)
    *_, found = sources(shuffled_order(n, seed=seed), places, times)
    assert labels[found].tolist() == passed(labels, seed, times)[places].tolist()


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_the_number_of_passes_is_found(times):
    right, split = listed()
    seen = passed(right, 123, times)
    found = find_shuffle(right, seen, split)
    assert {(p.split, p.seed, p.passes) for p in found} == {
        ("train", 123, times),
        ("val", 123, times),
    }
    assert {p.split: p.n_images for p in found} == {"train": 300, "val": 100}


def test_splits_shuffled_by_different_calls_are_distinguished():
    right, split = listed()
    seen = np.where(split == "val", passed(right, 9_998, 3), passed(right, 9_998, 2))
    found = {p.split: (p.seed, p.passes) for p in find_shuffle(right, seen, split)}
    assert found == {"train": (9_998, 2), "val": (9_998, 3)}


def test_only_places_that_were_seen_are_compared():
    right, split = listed()
    seen = np.where(split == "val", passed(right, 5, 1), -7)
    (proof,) = find_shuffle(right, seen, np.where(split == "val", "val", ""))
    assert (proof.split, proof.seed, proof.passes, proof.n_images) == ("val", 5, 1, 100)


def test_the_runs_own_seed_comes_first():
    right, split = listed()
    seen = passed(right, 987_654, 1)
    assert find_shuffle(right, seen, split) == ()
    assert {p.seed for p in find_shuffle(right, seen, split, seed=987_654)} == {987_654}


def test_correct_labels_and_other_permutations_are_not_proven():
    right, split = listed()
    assert find_shuffle(right, right, split) == ()
    other = np.random.default_rng(1).permutation(right)
    assert find_shuffle(right, other, split, seeds=range(200)) == ()


def test_one_incorrect_label_is_no_exact_match():
    right, split = listed()
    seen = passed(right, 123, 1)
    seen[0] = (seen[0] + 1) % 4
    assert [p.split for p in find_shuffle(right, seen, split, seeds=[123])] == ["val"]


def test_a_match_that_could_be_an_accident_is_no_proof():
    right = np.array([0] * 18 + [1, 1])
    seen = passed(right, 123, 1)
    assert find_shuffle(right, seen, np.full(20, "val"), seeds=[123]) == ()


@pytest.mark.slow
def test_keras_shuffles_the_list_it_is_given(tmp_path):
    keras = pytest.importorskip("keras")
    from PIL import Image

    right, _ = listed(120)
    for row in range(120):
        Image.new("L", (4, 4), row).save(tmp_path / f"{row:04d}.png")
    labels = right.tolist()
    for call in range(4):
        data = keras.utils.image_dataset_from_directory(
            tmp_path,
            labels=labels,
            validation_split=0.25,
            subset="validation" if call % 2 else "training",
            seed=123,
            image_size=(4, 4),
            color_mode="grayscale",
            batch_size=120,
            verbose=False,
        )
        seen, split = np.full(120, -1), np.full(120, "", dtype="<U5")
        for pixels, paired in data:
            rows = np.asarray(pixels)[:, 0, 0, 0].astype(int)
            seen[rows], split[rows] = np.asarray(paired), "side"
        found = find_shuffle(right, seen, split)
        assert [(p.seed, p.passes) for p in found] == ([(123, call)] if call else [])
