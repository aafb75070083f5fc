"""The pixels of a run's images: from the folder, simulated again, or absent."""

import numpy as np
import pandas as pd
import pytest

from hirise.mars.simulated import simulate_image
from hirise.mars.simulated.plan import plan_landmarks
from hirise.runs import create_run
from hirise.runs.images import explain_no_images, run_images


@pytest.fixture
def make_run_on(tmp_path):
    def make(path, layout, catalog=None):
        dataset = {"path": path and str(path), "layout": layout}
        writer = create_run(
            tmp_path / "artifacts", title="r", class_names=["a"], dataset=dataset
        )
        if catalog is not None:
            writer.write_table("catalog.parquet", pd.DataFrame(catalog))
        return writer.read()

    return make


def test_they_are_read_from_the_folder(make_run_on, make_dataset):
    root = make_dataset(size=227)
    file = next(root.glob("*/*.jpg"))
    catalog = {"image": [file.name], "path": [f"map-proj-v3/{file.name}"]}
    found = run_images(make_run_on(root, "hirise-v3", catalog), [file.name, "no.jpg"])
    assert list(found.pixels) == [file.name]
    assert found.pixels[file.name].shape == (227, 227, 3)
    assert found.reason.startswith("no.jpg: is not there")
    assert not found.simulated


def test_a_path_out_of_the_folder_is_not_followed(make_run_on, make_dataset, tmp_path):
    root = make_dataset()
    outside = next(root.glob("*/*.jpg")).rename(tmp_path / "outside.jpg")
    paths = ["../outside.jpg", str(outside)]
    catalog = {"image": ["a.jpg", "b.jpg"], "path": paths}
    found = run_images(make_run_on(root, "hirise-v3", catalog), ["a.jpg", "b.jpg"])
    assert not found.pixels
    assert "leaves the folder" in found.reason


def test_simulated_ones_are_simulated_again(make_run_on):
    landmark = plan_landmarks(40, 1)["landmark"].iloc[0]
    names = [f"{landmark}.jpg", f"{landmark}-r90.jpg"]
    found = run_images(make_run_on(None, "simulated"), names)
    assert (found.simulated, found.reason) == (True, "")
    assert np.array_equal(found.pixels[names[1]][..., 0], simulate_image(names[1]))
    odd = run_images(make_run_on(None, "simulated"), ["cat.jpg"])
    assert (dict(odd.pixels), "cat.jpg is not" in odd.reason) == ({}, True)


@pytest.mark.parametrize(
    ("path", "layout", "said"),
    [
        (None, "hirise-v3", "as release v3. Run `hirise data download`"),
        ("/gone", "hirise-v3.2", "/gone is gone"),
        (
            "/gone",
            "folder-per-class",
            "The folder of the images, /gone, no longer exists",
        ),
        (None, None, "came without the folder"),
    ],
)
def test_where_they_are_absent_it_says_why(make_run_on, path, layout, said):
    run = make_run_on(path, layout)
    assert said in str(explain_no_images(run))
    assert run_images(run, ["a.jpg"]).reason == str(explain_no_images(run))


def test_a_release_that_was_downloaded_is_found(
    make_run_on, make_dataset, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    root = make_dataset(name="data/hirise-map-proj-v3")
    file = next(root.glob("*/*.jpg"))
    catalog = {"image": [file.name], "path": [f"map-proj-v3/{file.name}"]}
    found = run_images(make_run_on(None, "hirise-v3", catalog), [file.name])
    assert (list(found.pixels), found.reason) == ([file.name], "")
