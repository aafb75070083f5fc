"""`hirise.save_run`: a run folder of what is in memory."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import hirise
from hirise.__main__ import run as command

IDS = np.array([0] * 60 + [1] * 40)
PROBA = np.where(IDS[:, None] == 0, [0.75, 0.25], [0.375, 0.625])
CURVES = {"loss": [0.9, 0.7], "val_accuracy": [0.5, 0.6]}


def test_arrays_become_a_run_with_curves(tmp_path):
    run = hirise.save_run(
        IDS,
        proba=PROBA,
        class_names=["crater", "other"],
        images=[f"{i}.png" for i in range(100)],
        groups=[i // 2 for i in range(100)],
        history=SimpleNamespace(history=CURVES),
        title="Small network",
        split="val",
        artifacts=tmp_path,
    )
    assert (run.info.title, run.info.status) == ("Small network", "imported")
    assert (run.info.class_names, run.splits()) == (("crater", "other"), ("val",))
    assert run.history()["val_accuracy"].tolist() == [0.5, 0.6]
    predictions = hirise.read_predictions(run.predictions_path("val"))
    assert predictions.proba.tolist() == PROBA.tolist()
    assert predictions.y_true.tolist() == IDS.tolist()
    assert (predictions.image[3], predictions.group[3]) == ("3.png", "1")
    assert [found.info.id for found in hirise.list_runs(tmp_path).runs] == [run.info.id]


def test_a_saved_run_is_that_of_an_import_of_the_same_file(tmp_path):
    table = pd.DataFrame({"y_true": IDS, "split": ["val", "test"] * 50})
    table = table.assign(proba_0=PROBA[:, 0], proba_1=PROBA[:, 1])
    table.to_csv(tmp_path / "p.csv", index=False)
    options = {"artifacts": tmp_path / "runs", "title": "p"}
    imported = hirise.import_(tmp_path / "p.csv", **options)
    for source in (table, tmp_path / "p.csv", table.to_dict("list")):
        saved = hirise.save_run(source, **options)
        assert saved.splits() == imported.splits() == ("val", "test")
        for split in saved.splits():
            both = [
                hirise.read_predictions(run.predictions_path(split)).to_frame()
                for run in (saved, imported)
            ]
            assert both[0].equals(both[1])


def test_curves_alone_are_a_run(tmp_path):
    for curves in (CURVES, pd.DataFrame(CURVES), SimpleNamespace(history=CURVES)):
        run = hirise.save_run(curves, artifacts=tmp_path)
        assert run.splits() == ()
        assert run.history()["loss"].tolist() == [0.9, 0.7]


def test_the_command_says_the_same_of_a_saved_run(tmp_path, capsys):
    run = hirise.save_run(IDS, np.zeros(100), artifacts=tmp_path)
    assert command(["check", str(run.folder)]) == 1
    sentence = hirise.diagnose(IDS, np.zeros(100)).sentence
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "options", "error", "line"),
    [
        ((IDS, IDS[1:]), {}, hirise.InputError, "has 100 rows, but `y_pred` has 99"),
        ((IDS, IDS), {"title": ""}, hirise.InputError, "title must be one line"),
        ((IDS, IDS), {"data": "nowhere"}, hirise.InputError, "nowhere"),
        ((IDS, IDS), {"history": 3}, TypeError, "`source` is of type int"),
        (
            (IDS, IDS),
            {"history": {"loss": ["x"]}},
            hirise.InputError,
            "not all numbers",
        ),
        ((IDS, IDS), {"cluster": "none"}, TypeError, "A run holds no `cluster`"),
        ((), {}, TypeError, "There is nothing to diagnose"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path, given, options, error, line):
    with pytest.raises(error, match=line):
        hirise.save_run(*given, artifacts=tmp_path / "runs", **options)
    assert not (tmp_path / "runs").exists()
