"""Cutting the growing tables back to what a checkpoint knows."""

import pandas as pd
import pytest

from hirise.runs.tables import cut_growing

NAMES = ["dark\u2028dune", 'cra"ter', "two\nlines", "1,2"]


def counts(epoch):
    return pd.DataFrame({"epoch": epoch, "split": "val", "class_name": NAMES, "n": 3})


def test_rows_of_later_epochs_and_half_rows_go(make_run, artifacts):
    writer = make_run(artifacts)
    for epoch in (1, 2, 3):
        writer.append_epoch({"epoch": epoch, "loss": 0.1 * epoch})
        writer.append_predicted_counts(counts(epoch))
    for name in ("history.csv", "predicted_counts.csv"):
        with (writer.folder / name).open("a") as file:
            file.write('4,val,"a')
    cut_growing(writer.folder, 2)
    run = writer.read()
    assert run.history()["epoch"].tolist() == [1, 2]
    kept = run.predicted_counts()
    assert kept["class_name"].tolist() == NAMES * 2
    assert (writer.folder / "history.csv").read_bytes().endswith(b"\n")


@pytest.mark.parametrize("text", ["", "epoch,lo", "epoch,loss\n", "epoch,loss\n3,1\n"])
def test_a_table_without_an_epoch_to_keep_begins_anew(make_run, artifacts, text):
    writer = make_run(artifacts)
    (writer.folder / "history.csv").write_text(text)
    cut_growing(writer.folder, 2)
    assert not (writer.folder / "history.csv").exists()


def test_a_kill_between_making_and_writing_a_table_costs_no_columns(
    make_run, artifacts
):
    writer = make_run(artifacts)
    (writer.folder / "history.csv").touch()
    assert writer.read().history().empty
    writer.append_epoch({"epoch": 1, "loss": 0.5})
    assert writer.read().history()["loss"].tolist() == [0.5]
