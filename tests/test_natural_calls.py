"""The calls that someone tries who has read nothing, and what comes of each."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import hirise
from hirise.__main__ import run as command

N = 100
IDS = np.array([0] * 60 + [1] * 40)
"""Of 100 images, 60 are of the first class and 40 of the second; all get the first."""
NAMES = np.array(["a", "b"])
CURVES = {"loss": [0.674, 0.673, 0.673], "accuracy": [0.6, 0.6, 0.6]}
"""They settle at the class frequencies: the entropy of .6 and .4 is .673."""
COLLAPSED = (
    "Collapsed: all 100 images are predicted as {!r}. Accuracy 60.0% equals the "
    "frequency of {!r} (60.0%); 1 of 2 classes are never predicted."
)


class Guess:
    """A classifier as those of scikit-learn: it predicts the first class."""

    classes_ = NAMES

    def predict(self, X):
        return np.full(len(X), "a")

    def predict_proba(self, X):
        return np.tile([0.8, 0.2], (len(X), 1))


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the calls below are made with, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    df = pd.DataFrame({"y_true": NAMES[IDS], "y_pred": "a"})
    df.to_csv("predictions.csv", index=False)
    data = {
        "hirise": hirise,
        "np": np,
        "pa": pa,
        "Path": Path,
        "y_true": IDS,
        "y_pred": np.zeros(N, dtype=int),
        "proba": np.random.default_rng(0).uniform(0.7, 0.9, (N, 1)) * [1, -1] + [0, 1],
        "text": df["y_true"],
        "text_pred": df["y_pred"],
        "df": df,
        "table": df.rename(columns={"y_true": "kind", "y_pred": "guess"}),
        "files": [f"{i}.png" for i in range(N)],
        "patients": [i // 4 for i in range(N)],
        "history": SimpleNamespace(history=CURVES, epoch=[0, 1, 2], params={}),
        "shares": {"a": 60, "b": 40},
        "clf": Guess(),
        "X": np.zeros((N, 4)),
    }
    data["logits"] = np.log(data["proba"])
    data["output"] = SimpleNamespace(
        predictions=data["logits"], label_ids=IDS, metrics={}
    )
    return data


@pytest.fixture
def runs(names):
    """Two runs of which the first has collapsed, beside the other names."""
    run = hirise.save_run(names["text"], names["text_pred"], title="Collapsed")
    other = hirise.save_run(names["text"], names["text"], title="Cured")
    return {**names, "run": run, "other": other, "run_id": run.info.id}


# Call, and the class that all images are predicted as.
DIAGNOSES = [
    ("hirise.diagnose(y_true, y_pred)", "0"),
    ("hirise.diagnose(y_true, proba)", "0"),
    ("hirise.diagnose(y_true=y_true, y_pred=y_pred)", "0"),
    ("hirise.diagnose(y_true, y_score=proba)", "0"),
    ("hirise.diagnose(y_true, proba=proba)", "0"),
    ("hirise.diagnose(y_true, logits=logits)", "0"),
    ("hirise.diagnose(y_true, logits, logits=True)", "0"),
    ("hirise.diagnose(y_true, y_pred, proba)", "0"),
    ("hirise.diagnose(y_true, y_pred, class_names=['a', 'b'])", "a"),
    ("hirise.diagnose(y_true, proba, class_names={'a': 0, 'b': 1})", "a"),
    ("hirise.diagnose(y_true, y_pred, images=files, groups=patients)", "0"),
    ("hirise.diagnose(y_true.tolist(), y_pred.tolist())", "0"),
    ("hirise.diagnose(df['y_true'], df['y_pred'])", "a"),
    ("hirise.diagnose(text.astype('category'), text_pred.astype('category'))", "a"),
    ("hirise.diagnose(text.tolist(), text_pred.tolist())", "a"),
    ("hirise.diagnose(y_true == 1, y_pred == 1)", "False"),
    ("hirise.diagnose(np.eye(2)[y_true], proba)", "0"),
    ("hirise.diagnose(y_true, proba[:, 1:])", "0"),
    ("hirise.diagnose({'y_true': y_true, 'proba': proba})", "0"),
    ("hirise.diagnose(df)", "a"),
    ("hirise.diagnose(table, y_true='kind', y_pred='guess')", "a"),
    ("hirise.diagnose(pa.table(df.to_dict('list')))", "a"),
    ("hirise.diagnose('predictions.csv')", "a"),
    ("hirise.diagnose(Path('predictions.csv'))", "a"),
    ("hirise.diagnose(np.array([[60, 0], [40, 0]]), class_names=['a', 'b'])", "a"),
    ("hirise.diagnose(clf, X, text)", "a"),
    ("hirise.from_estimator(clf, X, text)", "a"),
    ("hirise.diagnose(output)", "0"),
    ("hirise.check('predictions.csv').diagnosis", "a"),
    ("hirise.check(df).diagnosis", "a"),
    ("hirise.diagnose(run)", "a"),
    ("hirise.diagnose(run_id)", "a"),
    ("hirise.diagnose(hirise.load_run(run_id))", "a"),
]


@pytest.mark.parametrize(("call", "predicted"), DIAGNOSES)
def test_a_call_gives_the_diagnosis(runs, call, predicted):
    diagnosis = eval(call, runs)
    assert diagnosis.sentence == COLLAPSED.format(predicted, predicted)


CURVES_CALLS = [
    "hirise.diagnose(history.history, training_shares=shares)",
    "hirise.diagnose(history, training_shares=shares)",
]


@pytest.mark.parametrize("call", CURVES_CALLS)
def test_curves_in_memory_are_those_of_a_file(names, call):
    Path("history.json").write_text(json.dumps(CURVES), encoding="utf-8")
    found = eval(call, names)
    assert found.verdict.key == "collapsed"
    known = hirise.diagnose("history.json", training_shares=names["shares"])
    assert found.sentence == known.sentence


OTHERS = [
    ("hirise.compare(run, other).comparisons[0][1].outcome", "cured"),
    ("hirise.save_run(y_true, y_pred, title='Mine').info.title", "Mine"),
    ("hirise.report(run).name == run.info.id + '.html'", True),
    ("hirise.testing.assert_not_collapsed(text, text).ok", True),
    ("hirise.testing.assert_healthy(text, text).ok", True),
]


@pytest.mark.parametrize(("call", "outcome"), OTHERS)
def test_a_call_works(runs, call, outcome):
    assert eval(call, runs) == outcome


REFUSED = [
    (
        "hirise.check(y_true, y_pred)",
        TypeError,
        "Arrays are diagnosed by hirise.diagnose.y_true, y_pred.",
    ),
    (
        "hirise.diagnose(y_pred)",
        TypeError,
        "Call diagnose.y_true, y_pred., or diagnose.y_pred=…. without",
    ),
    (
        "hirise.diagnose(y_true, preds=y_pred)",
        TypeError,
        "There is no argument `preds`. Did you mean `y_pred`",
    ),
    (
        "hirise.diagnose(clf)",
        TypeError,
        "diagnose.estimator, X, y., or from_estimator.estimator, X, y.",
    ),
]


@pytest.mark.parametrize(("call", "error", "line"), REFUSED)
def test_a_call_says_what_to_call_instead(names, call, error, line):
    with pytest.raises(error, match=line):
        eval(call, names)


def test_there_are_44_calls():
    assert len([*DIAGNOSES, *CURVES_CALLS, *OTHERS, *REFUSED]) == 44


def test_a_diagnosis_says_what_is_tried_first(names):
    diagnosis = hirise.diagnose(names["y_true"], names["proba"])
    healthy = hirise.diagnose(names["y_true"], names["y_true"])
    assert diagnosis.ok is False
    assert diagnosis.verdict.key == "collapsed"
    assert diagnosis.verdict == "collapsed" != healthy.verdict
    assert diagnosis.verdict == hirise.diagnose(IDS, names["proba"]).verdict
    assert diagnosis.cause is None
    assert [finding.code for finding in diagnosis.findings][:2] == ["HR201", "HR202"]
    assert str(diagnosis).splitlines()[0] == diagnosis.sentence
    assert len(repr(diagnosis).splitlines()) < 10
    assert diagnosis.sentence[:9] in diagnosis._repr_html_()
    assert (healthy.ok, healthy.verdict.key) == (True, "healthy")


@pytest.mark.parametrize("call", ["(y_true, proba)", "(df)", "(text, text_pred)"])
def test_numbers_are_those_of_the_command_for_the_same_data(names, capsys, call):
    if call == "(y_true, proba)":
        table = pd.DataFrame(names["proba"], columns=["proba_0", "proba_1"])
        table.insert(0, "y_true", IDS)
        table.to_csv("predictions.csv", index=False)
    command(["check", "predictions.csv", "--json", "--fail-on", "never"])
    printed = json.loads(capsys.readouterr().out)
    found = eval(f"hirise.diagnose{call}", names).to_dict()
    del printed["confidence"], printed["source"], found["source"]
    assert json.loads(json.dumps(found)) == printed


def test_tensors_of_pytorch(names):
    torch = pytest.importorskip("torch")
    true = torch.tensor(IDS)
    scores = torch.tensor(names["logits"], requires_grad=True)
    half = scores.to(torch.bfloat16).softmax(dim=1)
    for diagnosis in (
        hirise.diagnose(true, torch.tensor(names["y_pred"])),
        hirise.diagnose(true, scores.softmax(dim=1)),
        hirise.diagnose(true, logits=scores),
        hirise.diagnose(true, half),
        hirise.diagnose(list(true), list(scores.softmax(dim=1))),
        hirise.diagnose({"y_true": true, "logits": scores.half()}),
    ):
        assert diagnosis.sentence == COLLAPSED.format("0", "0")


def test_what_a_trainer_of_transformers_predicts(names):
    transformers = pytest.importorskip("transformers.trainer_utils")
    output = transformers.PredictionOutput(names["logits"], IDS, {})
    assert hirise.diagnose(output).sentence == COLLAPSED.format("0", "0")


def test_tables_and_columns_of_polars(names):
    polars = pytest.importorskip("polars")
    table = polars.DataFrame(names["df"].to_dict("list"))
    expected = COLLAPSED.format("a", "a")
    assert hirise.diagnose(table).sentence == expected
    assert hirise.diagnose(table["y_true"], table["y_pred"]).sentence == expected
    categories = table["y_true"].cast(polars.Categorical)
    assert hirise.diagnose(categories, table["y_pred"]).sentence == expected
    with pytest.raises(hirise.InputError, match=r"Give `source.collect"):
        hirise.diagnose(table.lazy())


def test_arrays_of_jax(names):
    jax = pytest.importorskip("jax.numpy")
    half = jax.asarray(names["proba"], dtype=jax.bfloat16)
    diagnosis = hirise.diagnose(jax.asarray(IDS), half)
    assert diagnosis.sentence == COLLAPSED.format("0", "0")


@pytest.mark.tensorflow
def test_tensors_of_tensorflow(names):
    tensorflow = pytest.importorskip("tensorflow")
    half = tensorflow.cast(tensorflow.constant(names["proba"]), "bfloat16")
    for scores in (half, tensorflow.Variable(names["proba"])):
        diagnosis = hirise.diagnose(tensorflow.constant(IDS), scores)
        assert diagnosis.sentence == COLLAPSED.format("0", "0")


@pytest.mark.parametrize("name", ["LogisticRegression", "SVC"])
def test_estimators_of_scikit_learn(name):
    sklearn = pytest.importorskip("sklearn.linear_model")
    svm = pytest.importorskip("sklearn.svm")
    estimator = getattr(sklearn if name == "LogisticRegression" else svm, name)()
    X = np.r_[np.zeros((60, 2)), np.ones((40, 2))]
    estimator.fit(X, NAMES[IDS])
    assert hirise.diagnose(estimator, X, NAMES[IDS]).verdict.key == "healthy"
    regressor = sklearn.LinearRegression().fit(X, IDS)
    with pytest.raises(hirise.InputError, match="LinearRegression, a regressor"):
        hirise.from_estimator(regressor, X, IDS)


def test_what_is_made_of_a_run_says_how_predictions_become_one(names):
    for call in (hirise.report, hirise.suggest, hirise.explore):
        with pytest.raises(TypeError, match=r"hirise.save_run\(...\) makes a run"):
            call(names["df"])
