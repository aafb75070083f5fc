"""MLflow's `mlflow.db`, written by hand."""

import math
import sqlite3
from contextlib import closing

import pytest

from hirise.errors import InputError
from hirise.history import is_history, read_curves

TABLES = """
CREATE TABLE runs (run_uuid TEXT, name TEXT, lifecycle_stage TEXT, start_time INTEGER);
CREATE TABLE metrics (key TEXT, value FLOAT, timestamp INTEGER, run_uuid TEXT,
                      step INTEGER, is_nan BOOLEAN);
CREATE TABLE latest_metrics (key TEXT, value FLOAT, run_uuid TEXT);
"""


@pytest.fixture
def write(tmp_path):
    """`write({"a": {"loss": [2, 1]}})`: a database with a run per key."""

    def write(runs, stage="active"):
        path = tmp_path / "mlflow.db"
        with closing(sqlite3.connect(path)) as database:
            database.executescript(TABLES)
            for run, curves in runs.items():
                row = (run, f"name-{run}", stage, 1)
                database.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", row)
                for key, values in curves.items():
                    latest = (key, values[-1] or 0, run)
                    database.execute(
                        "INSERT INTO latest_metrics VALUES (?, ?, ?)", latest
                    )
                    rows = [
                        (key, v or 0, 100 + i, run, i, v is None)
                        for i, v in enumerate(values)
                    ]
                    database.executemany(
                        "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows
                    )
            database.commit()
        return path

    return write


def test_the_metrics_of_one_run(write, tmp_path):
    path = write({"a": {"loss": [2, 1, None], "val_acc": [0.5, 0.75, 0.5], "cpu": [9]}})
    for given in (path, tmp_path):
        assert is_history(given)
        found = read_curves(given)
        assert found.table["loss"].tolist() == [2, 1, math.inf]
        assert found.table["val_accuracy"].tolist() == [0.5, 0.75, 0.5]
        assert found.left_aside == ("cpu",)


def test_a_run_without_curves_does_not_matter(write):
    path = write({"a": {"loss": [2, 1]}, "b": {"rmse": [3]}})
    assert read_curves(path).table["loss"].tolist() == [2, 1]


def test_epochs_are_those_that_were_logged(write):
    # Lightning logs the epoch with each value, and steps are batches.
    path = write({"a": {"epoch": [0, 0, 1, 1], "train_loss": [4, 2, 1, 0.5]}})
    found = read_curves(path)
    assert found.table["loss"].tolist() == [3, 0.75]
    assert "epoch" not in found.left_aside


def test_several_runs_are_one_line(write):
    path = write({"a": {"loss": [1]}, "b": {"loss": [1]}})
    with pytest.raises(InputError) as refused:
        read_curves(path)
    assert str(refused.value) == (
        f"{path}: This file holds metrics of 2 trainings (name-a, name-b). Save the "
        "curves of one of them."
    )


def test_deleted_runs_are_passed_over(write):
    path = write({"a": {"loss": [1]}}, stage="deleted")
    with pytest.raises(InputError, match=r"No training curves were found \(metrics"):
        read_curves(path)


def test_other_databases_are_refused(tmp_path):
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE metrics (key TEXT)")
        database.commit()
    with pytest.raises(InputError, match="This is not a database of MLflow"):
        read_curves(path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match="This is not a database of MLflow"):
        read_curves(path)


def test_a_view_is_no_table_of_runs(tmp_path):
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TABLES)
        database.execute("ALTER TABLE runs RENAME TO other")
        database.execute(
            "CREATE VIEW runs AS WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS run_uuid, i AS name, 'active' AS lifecycle_stage, "
            "i AS start_time FROM n"
        )
        database.commit()
    with pytest.raises(InputError, match="This is not a database of MLflow"):
        read_curves(path)
