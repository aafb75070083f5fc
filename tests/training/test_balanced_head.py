"""The last layer learned again on balanced batches, from features that a run keeps."""

import shutil

import numpy as np
import pytest
from later import Later

from hirise.__main__ import run as hirise
from hirise.data import load_images, read_catalog
from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.remedies.weights import check_head
from hirise.runs import list_runs, read_run
from hirise.runs.embeddings import embeddings_path, read_embeddings

keras = Later("keras")
retrain_head = Later("hirise.training.other_weights", "retrain_head")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def again(trained, tmp_path_factory):
    """`trained` with another last layer; not to be changed."""
    return retrain_head(trained, artifacts=tmp_path_factory.mktemp("artifacts"))


def test_the_features_are_what_the_last_layer_gets(trained):
    kernel, bias = (
        keras.models.load_model(trained.folder / "model.keras", compile=False)
        .layers[-1]
        .get_weights()
    )
    for split in ("val", "test"):
        found = read_predictions(trained.predictions_path(split))
        features = read_embeddings(trained, split).astype(np.float64)
        assert softmax(features @ kernel + bias) == pytest.approx(found.proba, abs=2e-3)
    n_trained = int((trained.catalog()["split"] == "train").sum())
    assert read_embeddings(trained, "train").shape == (n_trained, kernel.shape[0])


def test_only_the_last_layer_is_another(trained, again):
    run, found = again
    before, after = (
        keras.models.load_model(one.folder / "model.keras", compile=False)
        for one in (trained, run)
    )
    for old, new in zip(before.layers[:-1], after.layers[:-1], strict=True):
        for one, two in zip(old.get_weights(), new.get_weights(), strict=True):
            assert np.array_equal(one, two)
    assert not np.array_equal(*(one.layers[-1].kernel for one in (before, after)))
    assert run.info.parent == trained.info.id
    assert run.info.remedies == ({"key": "balanced-head", "parameters": found},)
    assert 1 <= found["epoch"] <= found["epochs"] == 30


def test_the_network_gives_the_predictions_of_the_run(again, folder):
    run, _ = again
    catalog = read_catalog(folder)
    images = load_images(catalog, size=32).pixels.astype(np.float32)
    model = keras.models.load_model(run.folder / "model.keras", compile=False)
    expected = softmax(model.predict(images, verbose=0).astype(np.float64))
    place = {name: n for n, name in enumerate(catalog.table["image"])}
    assert run.splits() == ("val", "test")
    for split in run.splits():
        found = read_predictions(run.predictions_path(split))
        rows = [place[name] for name in found.image]
        assert found.proba == pytest.approx(expected[rows], abs=5e-3)
        assert (found.y_true == catalog.table["label"].to_numpy()[rows]).all()


def test_twice_is_the_same(trained, again, tmp_path):
    run, found = again
    other, same = retrain_head(trained, artifacts=tmp_path)
    assert same == found
    one, two = (read_predictions(r.predictions_path("val")) for r in (run, other))
    assert np.array_equal(one.proba, two.proba)


def test_the_command_proves_it(trained, capsys):
    artifacts = trained.folder.parent
    words = ["cure", trained.info.id, "--remedy", "balanced-head"]
    assert hirise([*words, "--artifacts", str(artifacts)]) == 0
    out = capsys.readouterr().out
    made = list_runs(artifacts).runs[0]
    assert (
        "The last layer was retrained for 30 epochs of balanced batches; epoch" in out
    )
    assert f"Kept as {made.info.id}" in out
    assert "macro-F1" in out
    shutil.rmtree(made.folder)


def test_what_is_absent_or_broken_is_one_line(trained, tmp_path, capsys):
    copy = tmp_path / trained.info.id
    shutil.copytree(trained.folder, copy)
    path = embeddings_path(copy, "train")
    whole = np.load(path)
    np.save(path, whole[:-1])
    with pytest.raises(InputError, match=f"but the run has {len(whole):,} images in"):
        retrain_head(read_run(copy), artifacts=tmp_path)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="cannot be read"):
        retrain_head(read_run(copy), artifacts=tmp_path)
    path.unlink()
    with pytest.raises(InputError, match=r"has no embeddings/train\.npy"):
        check_head(read_run(copy))
    words = ["cure", trained.info.id, "--remedy", "balanced-head"]
    base = [*words, "--artifacts", str(tmp_path)]
    assert hirise(base) == 2
    assert capsys.readouterr().err.count("\n") == 1
    for more, told in (
        (["--remedy", "thresholds"], "cannot be combined"),
        (["--tau", "1"], "leave"),
    ):
        assert hirise([*base, *more]) == 2
        assert told in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == [trained.info.id]
