"""`hirise map`: kept in the run, the same for a seed, refused in one line."""

import numpy as np
import pandas as pd
import pytest

from hirise.__main__ import run
from hirise.predictions import Predictions
from hirise.runs import create_run
from hirise.runs.embeddings import embeddings_path, map_path, read_map, write_embeddings

N = 24
GROUPS = np.repeat([0, 1], N // 2)


@pytest.fixture
def mapped(tmp_path):
    """A run with two groups of images that lie far apart; `command` maps it."""
    writer = create_run(
        tmp_path / "artifacts", title="two", class_names=("a", "b"), status="imported"
    )
    names = np.array([f"{i}.jpg" for i in range(N)], dtype=object)
    table = {"image": names, "split": "val", "class_name": "a"}
    writer.write_table("catalog.parquet", pd.DataFrame(table))
    found = Predictions(
        y_pred=GROUPS, class_names=("a", "b"), y_true=GROUPS, image=names, split="val"
    )
    writer.write_predictions("val", found.write)
    features = np.random.default_rng(0).normal(size=(N, 8))
    features[:, 0] += 40 * GROUPS
    write_embeddings(writer, "val", features)
    return writer.read()


@pytest.fixture
def command(mapped, capsys):
    def call(*options):
        artifacts = f"--artifacts={mapped.folder.parent}"
        status = run(["map", mapped.info.id, *options, artifacts])
        return status, *capsys.readouterr()

    return call


def kept(folder):
    return sorted(path.name for path in (folder / "embeddings").iterdir())


def test_tsne_is_kept_tells_its_steps_and_repeats_itself(command, mapped):
    status, out, _ = command("--seed", "3")
    assert status == 0
    assert "t-SNE: 1,000 of 1,000 steps" in out
    assert "t-SNE, seed 3, perplexity 7.67" in out
    first = read_map(mapped, "val", "tsne")
    assert first.seed == 3
    x = first.points[["x", "y"]].to_numpy()
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (GROUPS[distances.argmin(axis=1)] == GROUPS).all()
    before = map_path(mapped.folder, "val", "tsne").read_bytes()
    assert command("--seed", "3")[0] == 0
    assert map_path(mapped.folder, "val", "tsne").read_bytes() == before
    assert kept(mapped.folder) == ["val-tsne.parquet", "val.npy"]


def test_pca_is_kept_with_its_explained_variance(command, mapped):
    status, out, _ = command("--method", "pca")
    assert status == 0
    first, second = read_map(mapped, "val", "pca").about["explained"]
    assert first > 0.9 > second
    assert f"{100 * first:.1f}%" in out
    assert kept(mapped.folder) == ["val-pca.parquet", "val.npy"]


def test_all_the_same_features_are_refused(command, mapped):
    np.save(embeddings_path(mapped.folder, "val"), np.ones((N, 8), np.float16))
    status, out, error = command()
    assert (status, out) == (2, "")
    assert "the same features" in error
    assert error.count("\n") == 1
    assert kept(mapped.folder) == ["val.npy"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--split", "vla"], "no split 'vla'"),
        (["--method", "umap"], "'umap' is not one of"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_an_invalid_request_is_one_line(command, options, said):
    status, _, error = command(*options)
    assert status == 2
    assert said in error
    assert error.count("\n") == 1


def test_without_features_the_line_says_so(command, mapped):
    embeddings_path(mapped.folder, "val").unlink()
    status, _, error = command()
    assert status == 2
    assert "keeps no features of val" in error


def test_an_interrupted_map_leaves_no_file(command, mapped, monkeypatch):
    def broken_off(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("hirise.evaluation.image_map.make_map", broken_off)
    assert command()[0] == 130
    assert kept(mapped.folder) == ["val.npy"]
