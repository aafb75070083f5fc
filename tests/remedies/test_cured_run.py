"""The new run beside the old one: what it holds, and what it leaves alone."""

import json

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import diagnose, gather
from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.remedies import Abstention, LogitAdjustment, cure
from hirise.remedies.cured_run import fit_data_of, target_split, write_cured_run
from hirise.runs import create_run

NAMES = ("other", "crater", "dune")


@pytest.fixture
def make_run(tmp_path):
    """`make_run(val, test)`: a run with these predictions."""

    def make_run(*parts, title="First", **values):
        writer = create_run(
            tmp_path / "artifacts", title=title, class_names=NAMES, **values
        )
        for part in parts:
            writer.write_predictions(part.split, part.write)
        writer.finish("finished", epoch=3)
        return writer

    return make_run


@pytest.fixture
def collapsed(make_thresholded, make_run):
    val, test = make_thresholded(400, 0), make_thresholded(300, 1, split="test")
    writer = make_run(val, test, recipe={"name": "blog"}, seed=7)
    seen = pd.concat(
        pd.DataFrame({"image": list(p.image), "split": p.split, "label": p.y_true})
        for p in (val, test)
    )
    train = seen[seen["split"] == "val"].assign(split="train")
    train["image"] = "train-" + train["image"]
    writer.write_table("labels_seen.parquet", pd.concat([train, seen]))
    writer.write_table("history.csv", pd.DataFrame({"epoch": [1], "loss": [0.5]}))
    return writer.read()


def ground_of(run, split="test"):
    evidence = gather(run, split=split)
    return fit_data_of(run, evidence, diagnose(evidence))


def test_a_new_run_names_its_parent_and_remedies(collapsed, tmp_path):
    cured = cure(ground_of(collapsed), [LogitAdjustment(tau=1.0)])
    new = write_cured_run(cured, collapsed, tmp_path / "artifacts", seconds=0.2)
    document = json.loads((new.folder / "run.json").read_text("utf-8"))
    assert document["parent"] == collapsed.info.id
    assert document["remedies"] == [
        {"key": "logit-adjustment", "parameters": {"tau": 1.0}}
    ]
    info = new.info
    assert (info.title, info.status) == ("First, logit adjustment", "finished")
    assert (info.recipe, info.seed, info.epoch) == ({"name": "blog"}, 7, 3)
    assert info.seconds == 0.2
    assert info.notes == (
        f"Cured without training from run {collapsed.info.id}.",
        "Logit adjustment: τ = 1, as given.",
    )
    assert new.splits() == ("test",)
    assert new.labels_seen().equals(collapsed.labels_seen())
    assert new.history().empty
    written = read_predictions(new.predictions_path("test"))
    assert np.array_equal(written.y_pred, cured.after.y_pred)
    assert written.proba == pytest.approx(cured.after.proba)


def test_a_thresholded_collapse_is_cured(collapsed, tmp_path):
    before = diagnose(gather(collapsed, split="test"))
    assert (before.verdict.key, before.kind) == ("collapsed", "thresholded")
    cured = cure(ground_of(collapsed), [LogitAdjustment()])
    new = write_cured_run(cured, collapsed, tmp_path / "artifacts")
    assert diagnose(gather(new)).verdict.key == "healthy"


def test_images_not_answered_are_left_out_with_a_note(collapsed, tmp_path):
    cured = cure(
        ground_of(collapsed), [LogitAdjustment(tau=1.0), Abstention(confidence=0.9)]
    )
    new = write_cured_run(cured, collapsed, tmp_path / "artifacts")
    n = len(read_predictions(new.predictions_path("test")))
    assert 0 < n == len(cured.after) < 300
    assert cured.coverage == n / 300
    assert f"{300 - n} of 300 images are left unanswered" in new.info.notes[-1]


def test_what_fails_leaves_nothing(collapsed, tmp_path, monkeypatch):
    cured = cure(ground_of(collapsed), [LogitAdjustment(tau=1.0)])
    target = tmp_path / "new"
    monkeypatch.setattr(
        type(cured.after), "write", lambda *_: (_ for _ in ()).throw(OSError(28, "no"))
    )
    with pytest.raises(InputError):
        write_cured_run(cured, collapsed, target)
    assert list(target.iterdir()) == []


def test_a_long_title_is_cut(make_run, make_thresholded, tmp_path):
    test = make_thresholded(60, 0, split="test")
    run = make_run(make_thresholded(60, 1), test, title="x" * 120).read()
    cured = cure(ground_of(run), [LogitAdjustment(tau=1.0)])
    new = write_cured_run(cured, run, tmp_path / "artifacts")
    assert new.info.title == f"{'x' * 69}…, logit adjustment"


@pytest.mark.parametrize(
    ("splits", "chosen"),
    [(("val", "test"), "test"), (("train", "val"), "val"), (("val", "all"), "all")],
)
def test_target(splits, chosen, make_run, make_thresholded):
    run = make_run(*(make_thresholded(60, 0, split=s) for s in splits)).read()
    assert target_split(run) == chosen


def test_no_predictions(make_run):
    with pytest.raises(InputError, match=r"no predictions to cure\. It is finished"):
        target_split(make_run().read())


def test_val_is_not_fitted_on_itself(make_run, make_thresholded):
    run = make_run(make_thresholded(60, 0)).read()
    with pytest.raises(InputError, match=r"val split beside val.*\(`tau`\)"):
        LogitAdjustment().fit(ground_of(run, "val"))


def test_labels_that_are_not_those_of_the_images_are_not_used(
    make_run, make_thresholded
):
    val, test = make_thresholded(400, 0), make_thresholded(60, 1, split="test")
    writer = make_run(val, test)
    seen = pd.DataFrame({"image": list(val.image), "split": "val", "label": val.y_true})
    writer.write_table("labels_seen.parquet", seen)
    names = np.array(NAMES)
    right = np.roll(val.y_true, 1)
    catalog = seen.assign(label=right, class_name=names[right])
    columns = ["path", "observation", "landmark", "augmentation"]
    catalog[columns] = ""
    writer.write_table("catalog.parquet", catalog)
    with pytest.raises(InputError, match=r"its labels do not belong.*\(HR101\)"):
        LogitAdjustment().fit(ground_of(writer.read()))
