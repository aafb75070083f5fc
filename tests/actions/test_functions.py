"""The functions of `hirise` do what the command does, with the same numbers."""

import inspect
import json
import zipfile
from dataclasses import KW_ONLY, dataclass

import numpy as np
import pandas as pd
import pytest
from thresholded_predictions import make_thresholded, write_thresholded_run

import hirise
from hirise.__main__ import run
from hirise.actions import direct
from hirise.evaluation.images import ImageFilter
from hirise.progress import Progress


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory):
    return tmp_path_factory.mktemp("functions") / "artifacts"


@pytest.fixture(scope="module")
def run_id(artifacts):
    return write_thresholded_run(artifacts)


@pytest.fixture
def labels_file(tmp_path):
    table = pd.DataFrame({"label": [0] * 60 + [1] * 40, "prediction": [0] * 100})
    path = tmp_path / "p.csv"
    table.to_csv(path, index=False)
    return path


COLUMNS = {"y_true": "label", "y_pred": "prediction"}


def test_check_gives_the_document_of_the_command(run_id, artifacts, capsys):
    result = hirise.check(run_id, split="test", artifacts=artifacts)
    words = ["check", run_id, "--split", "test", "--json", "--artifacts", artifacts]
    assert run([*map(str, words), "--fail-on", "never"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert json.loads(json.dumps(result.to_dict())) == printed
    assert "temperature" in printed["confidence"]
    assert result.sentence == printed["sentence"]


def test_check_understands_columns_and_class_names(labels_file, capsys):
    result = hirise.check(labels_file, columns=COLUMNS, class_names=("cat", "dog"))
    assert "'cat'" in result.sentence
    words = ["--columns", "y_true=label,y_pred=prediction", "--class-names", "cat,dog"]
    assert run(["check", str(labels_file), *words]) == 1
    assert capsys.readouterr().out.startswith(result.sentence)


def test_each_surface_names_what_to_add(labels_file, capsys):
    table = pd.read_csv(labels_file).assign(predicted=[1] + [0] * 99)
    table.to_csv(labels_file, index=False)
    with pytest.raises(hirise.InputError, match="`columns=y_pred=prediction`"):
        hirise.check(labels_file)
    assert run(["check", str(labels_file)]) == 2
    assert "--columns y_pred=prediction" in capsys.readouterr().err


def test_an_import_is_what_was_checked(labels_file, tmp_path):
    checked = hirise.check(labels_file, columns=COLUMNS)
    imported = hirise.import_(labels_file, columns=COLUMNS, artifacts=tmp_path / "a")
    found = hirise.check(imported).diagnosis
    assert found.verdict.key == checked.diagnosis.verdict.key == "collapsed"


def test_a_cure_is_compared_with_its_parent(run_id, artifacts):
    cured = hirise.cure(
        run_id, remedies=("logit-adjustment",), tau=1.0, artifacts=artifacts
    )
    assert cured.parent.info.id == run_id
    assert cured.proof.outcome == "cured"
    compared = hirise.compare(
        run_id, cured.run.info.id, split="test", artifacts=artifacts
    )
    ((other, proof),) = compared.comparisons
    assert other.info.id == cured.run.info.id
    pd.testing.assert_frame_equal(proof.paired.summary, cured.proof.paired.summary)
    with pytest.raises(hirise.InputError, match="compared with itself"):
        hirise.compare(cured.run, (cured.run,))
    ((_, again),) = hirise.compare(cured.parent, cured.run, split="test").comparisons
    assert again.sentence == proof.sentence


def test_errors_name_arguments(run_id, artifacts):
    with pytest.raises(hirise.InputError, match="`tau` belongs to logit-adjustment"):
        hirise.cure(run_id, remedies=("thresholds",), tau=1.0, artifacts=artifacts)
    with pytest.raises(hirise.InputError, match=r"`leave_out` .*`remedies`"):
        hirise.cure(
            run_id, remedies=("thresholds",), leave_out=("dune",), artifacts=artifacts
        )
    with pytest.raises(hirise.InputError, match="Did you mean 'small-cnn'"):
        hirise.train(data="absent", recipe="smal-cnn")


def test_functions_have_the_signature_of_their_request():
    parameters = inspect.signature(hirise.train).parameters
    assert list(parameters)[:3] == ["data", "recipe", "split"]
    assert parameters["split"].default == "observation"
    assert "Folder of the images" in hirise.train.__doc__
    assert hirise.train.__name__ == "train"


@pytest.mark.parametrize(
    ("args", "named", "reason"),
    [
        ((), {"recipes": 1}, "got an unexpected keyword argument 'recipes'."),
        ((), {}, "missing 1 required positional argument: 'run'."),
        (("a",), {"run": "b"}, "got multiple values for argument 'run'."),
        (("a", "b", "c"), {}, "takes 2 positional arguments but 3 were given."),
    ],
)
def test_a_call_that_does_not_fit_is_told_by_the_signature(args, named, reason):
    usage = "hirise.report(run, out, *, split=, data=, force=, config=, artifacts=) "
    with pytest.raises(TypeError) as raised:
        hirise.report(*args, **named)
    assert str(raised.value) == usage + reason


def test_a_call_without_several_arguments_names_all_of_them():
    @dataclass(frozen=True)
    class Request:
        first: int
        second: int
        _: KW_ONLY
        third: int

    call = direct(Request, lambda request: request.first + request.third)
    assert call(1, 2, third=3) == 4
    with pytest.raises(TypeError, match="arguments: 'first' and 'second'"):
        call()
    with pytest.raises(TypeError, match="1 required keyword-only argument: 'third'"):
        call(1, 2)


def test_a_type_error_of_the_action_stays_its_own():
    @dataclass(frozen=True)
    class Request:
        size: object

        def __post_init__(self):
            len(self.size)

    with pytest.raises(TypeError, match=r"^object of type 'int' has no len\(\)$"):
        direct(Request, lambda request: request)(3)


def test_a_simulation_reports_its_progress(tmp_path):
    from hirise.actions.simulate import SimulateRequest, simulate

    progress = Progress()
    made = simulate(
        SimulateRequest(folder=tmp_path / "mars", landmarks=40), progress=progress
    )
    assert made.n_images == 208
    status = progress.status
    assert (status.step, status.done, status.total) == ("Simulating", 40, 40)
    assert status.unit == "landmarks"


def test_a_release_is_described_before_it_is_simulated(tmp_path, capsys):
    planned = hirise.data_info("simulated:40").to_dict()
    hirise.simulate(folder=tmp_path / "mars", landmarks=40)
    assert run(["data", "info", str(tmp_path / "mars"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == hirise.data_info(tmp_path / "mars").to_dict()
    places = ("path", "fingerprint")
    same = document.keys() - places
    assert {key: planned[key] for key in same} == {key: document[key] for key in same}
    split = hirise.data_info("simulated:40").split("landmark").split
    assert set(split) == {"train", "val", "test"}


def test_runs_are_managed_as_by_the_command(labels_file, tmp_path, capsys):
    own = tmp_path / "runs"
    made = hirise.import_(labels_file, columns=COLUMNS, artifacts=own)
    assert hirise.rename_run(made, "First try").info.title == "First try"
    noted = hirise.annotate_run(made.info.id, "Too fast.", artifacts=own)
    assert noted.info.note == "Too fast."
    assert not hirise.hide_examples(own, hidden=False).examples_hidden
    listed = hirise.hide_examples(own)
    assert [one.info.id for one in listed.runs] == [made.info.id]
    assert run(["runs", "--json", "--artifacts", str(own)]) == 0
    assert json.loads(capsys.readouterr().out) == listed.to_dict()
    n_bytes = noted.size_bytes
    assert hirise.delete_run(made).size_bytes == n_bytes > 0
    assert hirise.list_runs(own).runs == []


def test_a_file_is_described_as_it_is_imported(labels_file):
    understood = hirise.describe(labels_file, columns=COLUMNS)
    assert understood.columns["role"].tolist() == ["truth", "prediction"]
    assert understood.splits["n_images"].tolist() == [100]


def test_remedies_are_suggested_and_explored(run_id, artifacts):
    suggested = hirise.suggest(run_id, artifacts=artifacts)
    assert suggested.split == "test"
    assert suggested.previews["logit-adjustment"].works
    assert not suggested.previews["class-weights"].works
    cured = hirise.cure(run_id, remedies=("logit-adjustment",), artifacts=artifacts)
    explored = hirise.explore(run_id, split="test", artifacts=artifacts)
    tau = cured.cured.steps[0].parameters["tau"]
    assert explored.taus().chosen == tau
    at_tau = explored.at_tau(tau).metric("accuracy")
    assert at_tau == cured.after.evidence.evaluation.metric("accuracy")
    document = hirise.check(run_id, split="test", artifacts=artifacts).to_dict()
    assert document["confidence"]["reason"].startswith("Calibration would mislead")
    again = hirise.compare(
        run_id,
        cured.run,
        remedies=("logit-adjustment",),
        split="test",
        artifacts=artifacts,
    )
    assert again.to_dict()["comparisons"][0]["outcome"] == cured.proof.outcome


def test_an_export_into_a_zip_holds_the_folder(run_id, artifacts, tmp_path):
    file = hirise.export(run_id, tmp_path / "logs.zip", artifacts=artifacts)
    folder = hirise.export(run_id, tmp_path / "logs", artifacts=artifacts)
    with zipfile.ZipFile(file) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    below = {path for path in folder.rglob("*") if path.is_file()}
    assert names == {path.relative_to(tmp_path / "logs").as_posix() for path in below}
    with pytest.raises(hirise.InputError, match="exists"):
        hirise.export(run_id, file, artifacts=artifacts)


def test_a_plan_says_what_remedies_change_and_how_long_it_takes():
    plan = hirise.plan_training(
        "blog", settings={"epochs": 4}, remedies=("more-epochs",)
    )
    assert plan.changes["epochs"] == "4 → 12"
    assert (plan.base.epochs, plan.settings["epochs"]) == (4, 12)
    # Measured: 3.7 minutes for 5 epochs of 6,004 images.
    assert plan.minutes(3_002) == pytest.approx(3.7 * 12 / 5 / 2)
    assert not plan.downloads
    with pytest.raises(hirise.InputError, match="No backbone"):
        hirise.plan_training("finetune", settings={"backbone": "EffnetB0"})


def test_a_plan_of_a_cure_orders_its_remedies(run_id, artifacts):
    keys = ("thresholds", "reorder-classes")
    plan = hirise.plan_cure(run_id, remedies=keys, artifacts=artifacts)
    assert (plan.remedies, plan.training) == (keys[::-1], None)
    with pytest.raises(hirise.InputError):  # it was not trained here
        hirise.plan_cure(run_id, remedies=("warm-up",), artifacts=artifacts)


def test_images_are_listed_sorted_and_filtered(run_id, artifacts):
    listed = hirise.images(run_id, artifacts=artifacts)
    val = make_thresholded(600, 0, "val")
    wrong = val.y_true != val.y_pred
    found = listed.select(ImageFilter(answer="incorrect"))
    assert found["image"].tolist() == [val.image[i] for i in np.flatnonzero(wrong)]
    confidence = val.proba.max(axis=1)
    worst = max(np.flatnonzero(wrong), key=lambda i: confidence[i])
    assert listed.sort("most confident mistakes")["image"].iloc[0] == val.image[worst]
    np.testing.assert_allclose(
        listed.probabilities(3)["probability"], val.proba[3], rtol=1e-6
    )
    assert listed.answers == ("all", "correct", "incorrect")
