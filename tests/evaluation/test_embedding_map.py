"""Maps of images against other ways to compute them, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.evaluation.image_map import features_of, make_map, principal_axes
from hirise.runs import create_run
from hirise.runs.embeddings import (
    EmbeddingMap,
    embeddings_path,
    map_path,
    read_map,
    write_embeddings,
    write_map,
)

RNG = np.random.default_rng(3)
CLOUD = (RNG.normal(size=(60, 6)) * [9, 5, 2, 1, 1, 1] + 4).astype(np.float32)


@pytest.fixture
def make_mapped(tmp_path):
    """`make_mapped(features)`: a run that keeps these features of its val images."""

    def make(features=CLOUD):
        writer = create_run(
            tmp_path / "artifacts", title="r", class_names=("a", "b"), status="imported"
        )
        names = [f"{i}.jpg" for i in range(len(features))]
        catalog = pd.DataFrame({"image": names, "split": "val", "class_name": "a"})
        writer.write_table("catalog.parquet", catalog)
        write_embeddings(writer, "val", np.asarray(features, dtype=np.float32))
        return writer.read()

    return make


def test_the_axes_are_those_of_the_covariance():
    scores, shares = principal_axes(CLOUD)
    centred = CLOUD.astype(np.float64) - CLOUD.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred.T))
    for axis in range(2):
        expected = centred @ vectors[:, -1 - axis]
        sign = np.sign(expected @ scores[:, axis])
        assert scores[:, axis] == pytest.approx(sign * expected, abs=1e-3)
    assert shares == pytest.approx(values[::-1][:2] / values.sum(), rel=1e-4)


def test_one_feature_leaves_the_second_axis_empty():
    scores, shares = principal_axes(np.array([[1], [2], [6]], dtype=np.float32))
    assert np.abs(scores[:, 0]) == pytest.approx([2, 1, 3])
    assert scores[:, 1].tolist() == [0, 0, 0]
    assert shares.tolist() == pytest.approx([1, 0])


def test_a_map_has_a_place_for_each_image_in_its_order(make_mapped):
    run = make_mapped()
    found = make_map(run, "val")
    assert found.points["image"].tolist() == [f"{i}.jpg" for i in range(60)]
    # What is kept is in half precision.
    expected, _ = principal_axes(CLOUD.astype(np.float16).astype(np.float32))
    assert found.points[["x", "y"]].to_numpy() == pytest.approx(expected)


def test_a_kept_map_is_read_as_it_was(make_mapped):
    run = make_mapped()
    found = make_map(run, "val", seed=4)
    path = write_map(run, "val", found)
    assert path == map_path(run.folder, "val", "pca")
    again = read_map(run, "val", "pca")
    pd.testing.assert_frame_equal(again.points, found.points, check_dtype=False)
    assert (again.method, again.seed, again.about) == ("pca", 4, found.about)
    assert read_map(run, "val", "tsne") is None


def test_a_broken_map_is_one_line(make_mapped):
    run = make_mapped()
    path = map_path(run.folder, "val", "tsne")
    path.write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="cannot be read") as caught:
        read_map(run, "val", "tsne")
    assert "\n" not in str(caught.value)
    pd.DataFrame({"image": ["a"], "x": [1.0], "y": [2.0]}).to_parquet(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_map(run, "val", "tsne")
    lost = pd.DataFrame({"image": ["a"], "x": [np.nan], "y": [2.0]})
    about = {"perplexity": 1.0, "divergence": 0.1}
    write_map(run, "val", EmbeddingMap(lost, "tsne", about=about))
    with pytest.raises(InputError, match="not finite"):
        read_map(run, "val", "tsne")


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (np.full((60, 6), 3.0), "the same features"),
        (3 + 1e-3 * CLOUD, "the same features"),
        (CLOUD[:4], "of at least 5 images"),
        (np.zeros((60, 0)), "keeps 0 features"),
        (np.where(CLOUD > 20, np.nan, CLOUD), "not finite"),
    ],
)
def test_what_has_no_map_is_one_line(make_mapped, features, said):
    with pytest.raises(InputError, match=said) as caught:
        features_of(make_mapped(features), "val")
    assert "\n" not in str(caught.value)


def test_without_features_the_error_says_how_to_get_them(make_mapped):
    run = make_mapped()
    embeddings_path(run.folder, "val").unlink()
    with pytest.raises(
        InputError, match=r"no features of val.*Trainings and .* keep them"
    ):
        make_map(run, "val")


def test_images_without_a_place_are_left_out():
    points = pd.DataFrame({"image": ["b", "a", "a"], "x": [1, 2, 9], "y": [3, 4, 9]})
    table = pd.DataFrame({"image": ["a", "b", "c"], "correct": [True, False, True]})
    found = EmbeddingMap(points, "pca").join(table)
    assert found[["image", "x", "y"]].to_numpy().tolist() == [["a", 2, 4], ["b", 1, 3]]
