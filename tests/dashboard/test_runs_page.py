"""The list of runs: found, filtered, tagged, laid over each other."""

import pytest

from dashboard.app_pages.runs import pending
from dashboard.shared.curves import TICKED
from hirise.actions.summary import SUMMARY, kept_summary
from hirise.runs import list_runs, read_tags, tag_run


@pytest.fixture
def runs(tmp_path, make_run):
    """A collapsed run, a healthy one, and predictions without a history."""
    ids = [make_run(k, tmp_path) for k in ("collapsed", "healthy", "without_proba")]
    return tmp_path, ids


def listed(app):
    return app.dataframe[0].value


def headings(app):
    return [one.value for one in (*app.header, *app.subheader)]


def table(app, column):
    return next(one.value for one in app.dataframe if column in one.value)


def test_verdicts_are_kept_for_the_next_visit(runs, open_page):
    artifacts, ids = runs
    app = open_page(artifacts, "runs")
    assert not app.exception
    found = {run.info.id: kept_summary(run) for run in list_runs(artifacts).runs}
    assert found[ids[0]].verdict == "Collapsed"
    shown = listed(app).set_index("id")
    assert shown["verdict"].to_dict() == {
        name: summary.verdict for name, summary in found.items()
    }
    assert shown.loc[ids[0], "accuracy"] == pytest.approx(found[ids[0]].accuracy)


def test_verdicts_that_take_long_are_made_while_the_list_is_shown(
    runs, open_page, monkeypatch
):
    artifacts, _ = runs
    for file in artifacts.glob(f"*/{SUMMARY}"):
        file.unlink()
    monkeypatch.setattr(pending, "AT_FIRST", -1.0)
    monkeypatch.setattr(pending, "LATER", 60.0)
    app = open_page(artifacts, "runs")
    assert not app.exception
    assert "…" not in set(listed(app)["verdict"])
    assert not app.get("progress")
    assert len(list(artifacts.glob(f"*/{SUMMARY}"))) == 3


def test_runs_are_searched_and_filtered(runs, open_page):
    artifacts, ids = runs
    by_id = {run.info.id: run for run in list_runs(artifacts).runs}
    tag_run(by_id[ids[1]], "keep *this*")
    app = open_page(artifacts, "runs")
    assert len(listed(app)) == 3
    app.text_input(key="runs-search").set_value("KEEP this*").run()
    assert listed(app)["id"].tolist() == [ids[1]]
    assert "1 of 3 runs" in headings(app)
    app.text_input(key="runs-search").set_value("").run()
    app.multiselect(key="runs-verdict").set_value(["Collapsed"]).run()
    assert set(listed(app)["verdict"]) == {"Collapsed"}
    app.multiselect(key="runs-verdict").set_value([]).run()
    app.multiselect(key="runs-tags").set_value(["keep *this*"]).run()
    assert listed(app)["id"].tolist() == [ids[1]]
    assert listed(app)["tags"].tolist() == [["keep *this*"]]
    app.text_input(key="runs-search").set_value("nothing like it").run()
    assert not app.exception
    assert "No run matches" in " ".join(one.value for one in app.caption)


def test_tags_are_given_and_removed(runs, open_page):
    artifacts, ids = runs
    (run,) = (r for r in list_runs(artifacts).runs if r.info.id == ids[0])
    (other,) = (r for r in list_runs(artifacts).runs if r.info.id == ids[1])
    tag_run(other, "again")
    app = open_page(artifacts, "runs", run=ids[0])
    app.multiselect(key=f"tags-{ids[0]}").set_value(["again"]).run()
    assert not app.exception
    assert read_tags(run).run == ("again",)
    app.multiselect(key=f"tags-{ids[0]}").set_value([]).run()
    assert read_tags(run).run == ()


def test_ticked_runs_lie_over_each_other_and_differ_in_settings(runs, open_page):
    artifacts, ids = runs
    app = open_page(artifacts, "runs")
    assert "Learning curves of the ticked runs" not in headings(app)
    app.session_state[TICKED] = tuple(ids)
    app.run()
    assert not app.exception
    assert "Learning curves of the ticked runs" in headings(app)
    curves = table(app, "epoch")
    histories = {run.info.id: run.history() for run in list_runs(artifacts).runs}
    with_history = sum(len(history) for history in histories.values())
    # Without a history there is one row: the accuracy after training.
    assert len(curves) == with_history + 1
    assert (curves["epoch"] == 0).sum() == 1
    settings = table(app, "setting")
    assert not (settings.iloc[:, 1:].nunique(axis=1) == 1).any()
    app.toggle(key="settings-differ").set_value(False).run()
    assert len(table(app, "setting")) > len(settings)
    app.radio(key="overlay-part").set_value("training").run()
    assert len(table(app, "epoch")) == with_history
    app.button(key="untick").click().run()
    assert "Learning curves of the ticked runs" not in headings(app)


def test_a_run_of_another_split_has_its_accuracy_among_the_scores(
    tmp_path, make_run, open_page
):
    make_run("without_truth", tmp_path)
    name = make_run("healthy", tmp_path)
    (run,) = (r for r in list_runs(tmp_path).runs if r.info.id == name)
    for split in run.splits():
        if split != "val":
            run.predictions_path(split).unlink()
    run.predictions_path("val").rename(run.predictions_path("all"))
    (run.folder / "history.csv").unlink()
    app = open_page(tmp_path, "runs")
    assert not app.exception
    scores = table(app, "another split")
    assert scores["id"].tolist() == [name]
    assert scores["another split"].notna().all()
