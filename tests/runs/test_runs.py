import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.files import write_whole
from hirise.runs import annotate_run, find_run, list_runs, rename_run
from hirise.runs.writer import portable_path

ROW = {"epoch": 1, "loss": 0.5, "accuracy": 0.8, "val_macro_f1": 0.25, "seconds": 3.0}


def edit(writer, **changes):
    path = writer.folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_new_run_can_be_read_at_once_and_is_training(make_run, artifacts):
    writer = make_run(artifacts, status="training", recipe={"epochs": 5}, seed=3)
    run = find_run(artifacts, writer.id)
    assert run.info.status == "training"
    assert run.info.class_names == ("a", "b")
    assert run.info.recipe == {"epochs": 5}
    assert run.info.seed == 3
    assert "pandas" in run.info.versions
    assert run.history().columns[:3].tolist() == ["epoch", "loss", "accuracy"]
    assert len(run.history()) == len(run.predicted_counts()) == 0
    assert run.splits() == ()
    assert run.labels_seen() is None
    assert run.progress() is None


def test_ids_hold_time_and_title_and_do_not_collide(make_run, artifacts):
    writers = [make_run(artifacts, title="Größe: 2/3 ok") for _ in range(3)]
    stems = {writer.id.split("-gr")[0] for writer in writers}
    assert all(len(stem) == len("20240131-235959") for stem in stems)
    assert len({writer.id for writer in writers}) == 3
    assert writers[0].id.endswith("-gr-e-2-3-ok")
    assert make_run(artifacts, title="火星").id.endswith("-run")


def test_history_and_counts_grow_by_rows(make_run, artifacts):
    writer = make_run(artifacts, status="training")
    writer.append_epoch(ROW)
    writer.append_epoch({**ROW, "epoch": 2, "loss": float("nan")})
    counts = {"epoch": [1], "split": ["val"], "class_name": ['NA, "x"'], "n": [7]}
    writer.append_predicted_counts(pd.DataFrame(counts))
    run = writer.read()
    assert run.history()["epoch"].tolist() == [1, 2]
    assert run.history()["loss"].isna().tolist() == [False, True]
    assert run.history()["learning_rate"].isna().all()
    assert run.predicted_counts().to_dict("list") == counts


def test_a_half_written_line_is_left_out(make_run, artifacts):
    writer = make_run(artifacts)
    writer.append_epoch(ROW)
    with (writer.folder / "history.csv").open("a") as file:
        file.write("2,0.4,0.")
    assert writer.read().history()["epoch"].tolist() == [1]


def test_tables_appear_whole_and_splits_in_order(make_run, artifacts):
    writer = make_run(artifacts)
    frame = pd.DataFrame({"image": ["x.jpg"], "split": ["val"], "label": [1]})
    writer.write_table("labels_seen.parquet", frame)
    for split in ("test", "odd/split", "val"):
        writer.write_predictions(split, frame.to_parquet)
    run = writer.read()
    assert run.labels_seen().equals(frame)
    assert run.splits() == ("val", "test", "odd/split")
    assert run.predictions_path("odd/split").is_file()


def test_what_a_run_cures_and_how_is_read(make_run, artifacts):
    writer = make_run(artifacts)
    assert (writer.read().info.parent, writer.read().info.remedies) == (None, ())
    remedies = [{"key": "logit-adjustment", "parameters": {"tau": 1.0}}]
    writer.finish("finished", parent="before", remedies=remedies)
    info = writer.read().info
    assert (info.parent, info.remedies) == ("before", tuple(remedies))


@pytest.mark.parametrize("wrong", ["logit-adjustment", [1], [{"tau": 1}]])
def test_remedies_of_another_kind_are_refused(make_run, artifacts, wrong):
    writer = make_run(artifacts)
    writer.update(remedies=wrong)
    with pytest.raises(InputError, match=r"\$\.remedies"):
        writer.read()


def test_a_failed_write_leaves_the_old_file_and_nothing_beside(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write(new):
        new.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(path, write)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_line(make_run, artifacts):
    def write(new):
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"No space left.*`artifacts`") as caught:
        make_run(artifacts).write_file("model.keras", write)
    assert "\n" not in str(caught.value)


def test_a_file_in_place_of_the_artifacts_folder_is_one_line(make_run, artifacts):
    artifacts.write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        make_run(artifacts)


def test_the_stamp_changes_with_what_can_be_read(make_run, artifacts):
    writer = make_run(artifacts, status="training")
    stamps = [writer.read().stamp]
    writer.append_epoch(ROW)
    stamps.append(writer.read().stamp)
    writer.write_predictions("val", pd.DataFrame({"image": ["x"]}).to_parquet)
    stamps.append(writer.read().stamp)
    writer.finish("finished")
    stamps.append(writer.read().stamp)
    assert len(set(stamps)) == 4
    assert writer.read().stamp == stamps[-1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "has no format number"),
        ('{"format": 99}', "has format 99, newer than 1"),
        ('{"format": 1}', "missing required field `id`"),
        ("[" * 100_000, "recursion depth"),
        ('{"format": NaN}', "is not JSON"),
        ('{"title": "\\ud800"}', "is not JSON"),
    ],
)
def test_a_broken_run_is_one_line_and_hides_no_other(
    make_run, artifacts, text, message
):
    good, bad = make_run(artifacts), make_run(artifacts, title="bad")
    (bad.folder / "run.json").write_text(text)
    with pytest.raises(InputError, match=message):
        find_run(artifacts, bad.id)
    runs, problems = list_runs(artifacts)
    assert [run.info.id for run in runs] == [good.id]
    assert len(problems) == 1
    assert str(bad.folder) in problems[0]


def test_an_invalid_value_names_its_key(make_run, artifacts):
    writer = make_run(artifacts)
    edit(writer, class_names="a,b")
    with pytest.raises(InputError, match=r"\$\.class_names"):
        writer.read()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pid", -1),
        ("seconds", 10**400),
        ("seconds", -1),
        ("process_started", 1e300),
        ("status", "sleeping"),
        ("seed", True),
        ("dataset", {"path": 3}),
        ("dataset", {"path": "a\0b"}),
        ("class_names", ["a", "a"]),
        ("model", {"path": "m.keras"}),
        ("notes", [1]),
    ],
)
def test_a_hostile_value_is_one_line(make_run, artifacts, key, value):
    writer = make_run(artifacts)
    edit(writer, **{key: value})
    with pytest.raises(InputError, match=rf"{key}.*Restore the file") as caught:
        writer.read()
    assert "\n" not in str(caught.value)


def test_a_home_folder_of_nobody_is_a_plain_name(make_run, artifacts):
    writer = make_run(artifacts, dataset={"path": "~nobody-here/x"})
    assert writer.read().dataset_path == artifacts.parent / "~nobody-here" / "x"


def test_a_run_that_cannot_be_written_leaves_no_folder(
    make_run, artifacts, monkeypatch
):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left"):
        make_run(artifacts)
    assert list(artifacts.iterdir()) == []


def test_a_note_and_a_title_at_once_are_both_kept(make_run, artifacts):
    run = make_run(artifacts).read()
    with ThreadPoolExecutor(4) as threads:
        for number in range(5):
            saved = [
                threads.submit(rename_run, run, f"title {number}"),
                threads.submit(annotate_run, run, f"note {number}"),
            ]
            assert all(future.result() for future in saved)
            info = find_run(artifacts, run.info.id).info
            assert (info.title, info.note) == (f"title {number}", f"note {number}")


def test_unknown_keys_are_ignored_and_survive_a_rename(make_run, artifacts):
    writer = make_run(artifacts)
    edit(writer, later=[1])
    run = rename_run(writer.read(), " New name ")
    assert run.info.title == "New name"
    assert json.loads((run.folder / "run.json").read_text())["later"] == [1]
    with pytest.raises(InputError, match="one line"):
        rename_run(run, "two\nlines")


def test_a_gone_or_reused_process_reads_as_interrupted(make_run, artifacts):
    writer = make_run(artifacts, status="training")
    started = writer.read().info.process_started
    edit(writer, process_started=started - 60)
    assert writer.read().info.status == "interrupted"
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        check=True,
    )
    edit(writer, process_started=started, pid=int(gone.stdout))
    assert writer.read().info.status == "interrupted"


def test_a_training_elsewhere_lives_while_it_writes(make_run, artifacts, monkeypatch):
    writer = make_run(artifacts, status="training")
    edit(writer, host="another", pid=1)
    assert writer.read().info.status == "training"
    monkeypatch.setattr("hirise.runs.process.SILENCE", -1.0)
    assert writer.read().info.status == "interrupted"


def test_find_takes_id_beginning_and_path(make_run, artifacts, monkeypatch):
    one = make_run(artifacts, title="one")
    two = make_run(artifacts / "examples", title="two")
    assert find_run(artifacts, two.id).folder == two.folder
    assert find_run(artifacts, one.id[:-1]).folder == one.folder
    assert find_run(artifacts, str(one.folder)).info.id == one.id
    with pytest.raises(InputError, match=r"begins 2 run ids"):
        find_run(artifacts, one.id[:8])
    with pytest.raises(InputError, match=rf"Did you mean '{one.id}'"):
        find_run(artifacts, one.id[:-3] + "oen")
    with pytest.raises(InputError, match=r"holds no run\.json"):
        find_run(artifacts, str(artifacts))


def test_no_artifacts_folder_is_no_runs(artifacts):
    assert list_runs(artifacts) == ([], [])


def test_runs_are_listed_newest_first(make_run, artifacts):
    ids = [make_run(artifacts, title=title).id for title in "cab"]
    assert [run.info.id for run in list_runs(artifacts).runs] == ids[::-1]


def test_paths_are_kept_without_the_machine(tmp_path, monkeypatch):
    artifacts, home = tmp_path / "a" / "b" / "project" / "artifacts", tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    near = artifacts.parent
    assert portable_path(near / "data", artifacts) == "data"
    assert portable_path(near.parent / "shared" / "v3", artifacts) == "../shared/v3"
    assert portable_path(home / "v3", artifacts) == "~/v3"
    far = tmp_path / "elsewhere"
    assert portable_path(far, artifacts) == far.as_posix()


def test_a_kept_path_leads_back(make_run, artifacts, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for place in (tmp_path / "data", tmp_path / "home" / "v3"):
        kept = portable_path(place, artifacts)
        run = make_run(artifacts, dataset={"path": kept}).read()
        assert run.dataset_path == place
    assert make_run(artifacts).read().dataset_path is None


def test_a_run_remembers_the_job_that_made_it(make_run, artifacts, monkeypatch):
    assert make_run(artifacts).read().info.job is None
    monkeypatch.setenv("HIRISE_JOB", "abc")
    assert make_run(artifacts).read().info.job == "abc"


def test_a_replay_keeps_the_scores_by_the_correct_labels(make_run, artifacts):
    writer = make_run(artifacts, status="training")
    writer.append_epoch({"epoch": 1, "val_accuracy": 0.7, "right_val_accuracy": 0.9})
    writer.append_epoch({"epoch": 2, "val_accuracy": 0.8, "right_val_accuracy": 0.8})
    history = writer.read().history()
    assert history["right_val_accuracy"].tolist() == [0.9, 0.8]
    assert history["right_accuracy"].isna().all()
    with pytest.raises(ValueError, match="has unknown columns"):
        writer.append_epoch({"epoch": 3, "wrong": 1.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch,loss\n1,high\n", "`loss` is 'high' in row 1, where a number"),
        ("epoch,loss\n1,.5\n1.5,.4\n", "`epoch` is '1.5' in row 2, where a whole"),
        ("epoch,loss\nTrue,.5\n", "`epoch` is 'True' in row 1"),
    ],
)
def test_a_text_in_the_curves_names_column_and_row(make_run, artifacts, text, message):
    writer = make_run(artifacts)
    (writer.folder / "history.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        writer.read().history()
