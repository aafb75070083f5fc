"""The panel "Where the model looks": stored, asked for, under way, and impossible."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from hirise.jobs import poll, stop
from hirise.runs import list_runs
from hirise.runs.saliency import COLUMNS, GRID, pack_map, write_saliency

IMAGE = "image-0003.jpg"


@pytest.fixture
def run_of(artifacts, make_run, tmp_path, monkeypatch):
    """`run_of("healthy")`: a run with a model and one image of its dataset."""

    def make(kind):
        make_run(kind, artifacts)
        (run,) = list_runs(artifacts).runs
        (tmp_path / "data").mkdir()
        Image.fromarray(np.full((64, 64), 90, np.uint8)).save(tmp_path / "data" / IMAGE)
        monkeypatch.setattr(type(run), "dataset_path", tmp_path / "data")
        (run.folder / "model.keras").write_bytes(b"weights")
        return run

    return make


def store(run, *, asked="crater"):
    heat = np.zeros((GRID, GRID))
    heat[:4, -4:] = 1
    row = (IMAGE, asked, "grad-cam", 0.25, 0.75, pack_map(heat))
    write_saliency(run, "val", pd.DataFrame([row], columns=list(COLUMNS)))


def texts(app):
    kinds = (app.markdown, app.caption, app.warning, app.error, app.subheader)
    return " ".join(one.value for kind in kinds for one in kind)


def labels(app):
    return [one.label for one in app.button]


def test_what_is_stored_is_laid_over_the_image(run_of, artifacts, open_page):
    store(run_of("healthy"))
    app = open_page(artifacts, "images", image=IMAGE, split="val")
    assert not app.exception
    said = texts(app)
    assert "Where the model looks" in said
    assert "Evidence for **crater**" in said
    assert "most in the upper right: 100% of the saliency" in said
    assert "By Grad-CAM" in said
    assert "takes 25% of the image and 75%" in said
    assert "mislead" not in said
    n_images = len(app.get("imgs"))
    app.toggle(key="saliency-over").set_value(False).run()
    assert not app.exception
    assert len(app.get("imgs")) == n_images
    assert "Show where the model looks" not in labels(app)


def test_a_map_of_a_collapsed_run_is_marked_as_misleading(run_of, artifacts, open_page):
    store(run_of("collapsed"))
    app = open_page(artifacts, "images", image=IMAGE, split="val")
    assert "This would mislead as an explanation: the predictions have" in texts(app)


def test_a_button_computes_a_map_and_shows_its_progress(
    run_of, artifacts, open_page, monkeypatch, stand_in
):
    run = run_of("healthy")
    monkeypatch.setattr("hirise.actions.preconditions.find_spec", lambda name: name)
    app = open_page(artifacts, "images", image=IMAGE, split="val")
    next(b for b in app.button if b.label == "Show where the model looks").click().run()
    assert not app.exception
    job = poll(artifacts).newest("saliency")
    assert (job.request["run"], job.request["image"]) == (run.info.id, [IMAGE])
    assert "Stop" in labels(app)
    other = open_page(artifacts, "images", image="image-0004.jpg", split="val")
    assert "is being computed. This map can be computed when that is done." in texts(
        other
    )
    stop(artifacts, job.id, patience=2)
    app.run()
    assert "Show where the model looks" in labels(app)


def test_where_no_map_can_be_computed_the_reason_is_shown(run_of, artifacts, open_page):
    run = run_of("healthy")
    (run.folder / "model.keras").unlink()
    app = open_page(artifacts, "images", image=IMAGE, split="val")
    assert "came without the model that predicted it" in texts(app)
    assert "Show where the model looks" not in labels(app)


def test_a_broken_saliency_file_is_reported(run_of, artifacts, open_page):
    run = run_of("healthy")
    store(run, asked="no class")
    app = open_page(artifacts, "images", image=IMAGE, split="val")
    assert not app.exception
    assert "cannot be read as maps" in texts(app)
