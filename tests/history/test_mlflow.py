"""MLflow's run folders, written by hand."""

import math

import pytest

from hirise.errors import InputError
from hirise.history import is_history, read_curves, read_history

RUN = "mlruns/0/9f8e7d"


@pytest.fixture
def write_run(tmp_path):
    """`write_run({"loss": "1700000000000 1.5 0\\n"})`: a run folder."""

    def write_run(metrics, run=RUN):
        folder = tmp_path / run
        for name, text in metrics.items():
            path = folder / "metrics" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (folder / "meta.yaml").write_text("run_id: 9f8e7d\n")
        return folder

    return write_run


def test_lines_of_timestamp_value_and_step(write_run, tmp_path):
    folder = write_run(
        {
            "loss": "1700000000000 2.5 0\n1700000001000 1.5 1\n1700000002000 nan 2\n",
            "val/accuracy": "1700000000000 0.5 0\n1700000001000 0.75 1\n",
            "system/cpu": "1700000000000 7 0\n",
        }
    )
    for given in (folder, folder / "metrics", folder.parent, tmp_path / "mlruns"):
        found = read_curves(given)
        assert found.table["epoch"].tolist() == [1, 2, 3]
        assert found.table["loss"].tolist()[:2] == [2.5, 1.5]
        assert math.isinf(found.table["loss"].iloc[2])
        assert found.table["val_accuracy"].tolist()[:2] == [0.5, 0.75]
        assert found.left_aside == ("system/cpu",)


def test_without_steps_the_order_is_that_of_the_lines(write_run):
    found = read_curves(
        write_run({"loss": "1 8 0\n2 4 0\n3 2 0\n", "acc": "1 .5\n2 .6\n3 .7\n"})
    )
    assert found.table["loss"].tolist() == [8, 4, 2]
    assert found.table["accuracy"].tolist() == [0.5, 0.6, 0.7]
    assert found.notes == ()


def test_an_unfinished_last_line_is_left_out(write_run):
    assert read_history(write_run({"loss": "1 8 0\n2 4 1\n3 2"}))["loss"].tolist() == [
        8,
        4,
    ]


def test_a_metrics_folder_is_known_without_meta_yaml(write_run):
    folder = write_run({"loss": "1 8 0\n"})
    (folder / "meta.yaml").unlink()
    assert is_history(folder)
    (folder / "metrics" / "loss").write_text("nothing of the kind\n")
    assert not is_history(folder)


def test_several_runs_are_one_line(write_run, tmp_path):
    write_run({"loss": "1 8 0\n"})
    write_run({"loss": "1 8 0\n"}, run="mlruns/0/other")
    with pytest.raises(InputError) as refused:
        read_history(tmp_path / "mlruns")
    assert str(refused.value) == (
        f"{tmp_path / 'mlruns'}: This folder holds metrics of 2 trainings "
        f"(0/9f8e7d, 0/other). Give the folder of one of them."
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1 8 0\nhigh\n2 4 1\n", "Line 2 is not `timestamp value step`, so this"),
        ("1 high 0\n", "Line 1 is not `timestamp value step`"),
        ("9" * 5000 + " 1 0\n", "Line 1 is not `timestamp value step`"),
        ("\0" * 100, "Line 1 is not `timestamp value step`"),
    ],
)
def test_refusals_are_one_line(write_run, text, line):
    folder = write_run({"loss": text})
    with pytest.raises(InputError) as refused:
        read_history(folder)
    assert str(refused.value).startswith(f"{folder / 'metrics' / 'loss'}: {line}")
    assert "\n" not in str(refused.value)


def test_nothing_of_ours(write_run):
    folder = write_run({"rmse": "1 8 0\n"})
    with pytest.raises(
        InputError, match=r"No training curves were found \(metrics: 'rmse'\)"
    ):
        read_history(folder)


def test_a_million_lines(write_run):
    folder = write_run({"loss": "".join(f"1 1 {i}\n" for i in range(1_000_000))})
    with pytest.raises(InputError, match=r"has 1,000,000 epochs\. At most 100,000"):
        read_history(folder)


def test_a_link_out_of_the_folder_is_refused(write_run, tmp_path):
    folder = write_run({"loss": "1 8 0\n"})
    (tmp_path / "secret").write_text("1 8 0\n")
    (folder / "metrics" / "accuracy").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="is a link that leaves the folder"):
        read_history(folder)
    folder = write_run({"loss": "1 8 0\n"}, run="elsewhere")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "metrics").symlink_to(folder / "metrics")
    with pytest.raises(InputError, match="This is a link that leaves the folder"):
        read_history(tmp_path / "linked")
    (tmp_path / "mlruns" / "0" / "other").symlink_to(folder)
    (folder.parent / RUN / "metrics" / "accuracy").unlink()
    assert read_history(tmp_path / "mlruns")["loss"].tolist() == [8]


def test_a_metric_that_stands_there_twice_to_the_millisecond_is_one(write_run):
    twice = "1700000000000 0.5 0\n1700000000000 0.5 0\n"
    folder = write_run({"val_loss": twice, "val_accuracy": twice})
    assert read_history(folder)["val_loss"].tolist() == [0.5]
    # Without steps, the same value a moment later is another epoch.
    later = "1700000000000 0.5 0\n1700000000001 0.5 0\n"
    folder = write_run({"val_loss": later}, run="mlruns/0/aaaaaa")
    assert read_history(folder)["val_loss"].tolist() == [0.5, 0.5]
