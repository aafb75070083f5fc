"""The key `confidence` of `hirise check --json`."""

import json

import numpy as np
import pandas as pd
import pytest


def write(path, **columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_json_tells_what_could_be_answered_with_calibrated_confidence(check, tmp_path):
    rng = np.random.default_rng(0)
    first = rng.random(2400)
    given = {
        "y_true": np.where(rng.random(2400) < first, "a", "b"),
        "p:a": first**3 / (first**3 + (1 - first) ** 3),
        "split": ["val"] * 1200 + ["test"] * 1200,
    }
    path = write(tmp_path / "p.csv", **given, **{"p:b": 1 - given["p:a"]})
    _, out, _ = check(path, "--json", "--split", "test")
    found = json.loads(out)["confidence"]
    # The log-odds were made three times too large.
    assert found["temperature"] == pytest.approx(3, rel=0.1)
    assert found["ece_calibrated"]["high"] < json.loads(out)["metrics"]["ece"]["low"]
    assert found["coverage"]["value"] == found["n_answered"] / 1200
    assert found["accuracy"]["value"] == found["n_right"] / found["n_answered"]
    assert found["accuracy"]["low"] < 0.95 < found["accuracy"]["high"]
    _, out, _ = check(path, "--json")
    assert json.loads(out)["split"] == "val"
    assert json.loads(out)["confidence"]["fitted_on"] == "val"


def test_json_says_why_there_is_no_temperature(check, tmp_path):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    proba = np.where(rng.random(200) < 0.9, y, 1 - y) * 0.8 + 0.1
    given = {"y_true": y, "proba_0": 1 - proba, "proba_1": proba}
    _, out, _ = check(write(tmp_path / "p.csv", **given), "--json")
    found = json.loads(out)["confidence"]
    assert found["temperature"] is None
    assert "no predictions of a val split" in found["reason"]
    # Taken as it is: .9 throughout.
    assert found["n_answered"] == 200
    _, out, _ = check(write(tmp_path / "q.csv", y_true=y, y_pred=y), "--json")
    assert json.loads(out)["confidence"]["reason"].endswith("only labels.")
    curves = write(tmp_path / "h.csv", epoch=[1, 2], loss=[0.7, 0.6])
    _, out, _ = check(curves, "--json")
    assert json.loads(out)["confidence"]["reason"] == "There are no predictions."
