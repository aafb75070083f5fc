"""The Data page in each state: what it shows, or why it cannot."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dashboard.app_pages.data.status import PARTS
from hirise.data.features import write_image_features
from hirise.diagnosis.labels import LabelEvidence, labels_text, write_labels
from hirise.mars.labels import HIRISE_CLASSES
from hirise.predictions import Predictions
from hirise.runs import create_run, list_runs
from hirise.runs.corrected import read_corrected


def words(app):
    """All text of the page, as it was written before it was escaped."""
    blocks = [*app.markdown, *app.caption, *app.subheader, *app.header]
    text = "\n".join(block.value for block in blocks)
    return text.replace("\\", "").replace("\u2060", "")


def alternatives(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def test_counts_are_those_of_the_labels_that_were_seen(example, read_page):
    app = read_page(example("healthy"), "data")
    assert not app.exception
    counts = app.dataframe[0].value
    # 250 of the 400 labels were given to train on, the other 150 to judge by.
    assert counts.sum().to_dict() == {"train": 250, "val": 150}
    assert list(counts.index) == list(HIRISE_CLASSES)


def test_the_layout_and_the_colour_of_the_images_are_told(tmp_path, read_page):
    dataset = {"layout": "roboflow", "n_images": 1_200, "channels": 3}
    writer = create_run(
        tmp_path, title="colours", class_names=["a", "b"], dataset=dataset
    )
    labels = Predictions(
        y_pred=np.array([0, 1]), class_names=("a", "b"), y_true=np.array([0, 1])
    )
    writer.write_predictions("val", labels.write)
    writer.finish("finished", seconds=1)
    text = words(read_page(tmp_path, "data"))
    assert "Read as **a classification of Roboflow** · 1,200 images · in colour" in text


def test_of_predictions_alone_the_evaluated_split_is_counted(example, read_page):
    app = read_page(example("without_proba"), "data")
    counts = app.dataframe[0].value
    assert counts.sum().to_dict() == {"test": 400}
    assert "Only the test images are known, not the training images." in words(app)


def test_without_truth_there_is_nothing_to_count(example, read_page):
    app = read_page(example("without_truth"), "data")
    assert "No labels to count" in [one.value for one in app.subheader]
    assert "Number of images of each class in each split" not in alternatives(app)


@pytest.mark.parametrize("kind", ["two_classes", "forty_classes", "odd_names"])
def test_any_names_and_number_of_classes_are_counted(example, read_page, kind):
    app = read_page(example(kind), "data")
    assert not app.exception
    assert "Number of images of each class in each split" in alternatives(app)


COPIES = ("", "-fh", "-r180", "-r90")


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory):
    """400 images of 100 landmarks, whose val labels were shuffled once.

    Of landmarks 0 to 79 one copy of four is judged; of 80 to 99, in observations of
    their own, all four are. The model names all of them rightly.
    """
    rng = np.random.default_rng(0)
    rows = [
        {
            "image": f"ESP_{mark // 4:06d}_1450_RED-{mark:04d}{copy}.jpg",
            "right": right,
            "split": "val" if mark >= 80 or copy == "-fh" else "train",
            "mark": mark,
        }
        for mark, right in enumerate(rng.choice(8, 100, p=[0.65, *[0.05] * 7]))
        for copy in COPIES
    ]
    table = pd.DataFrame(rows).sort_values("image", ignore_index=True)
    given = table["right"].to_numpy().copy()
    np.random.RandomState(42).shuffle(given)
    table["label"] = np.where(table["split"] == "val", given, table["right"])
    table["class_name"] = np.array(HIRISE_CLASSES, dtype=object)[table["right"]]
    artifacts = tmp_path_factory.mktemp("shuffled") / "artifacts"
    writer = create_run(
        artifacts,
        title="shuffled",
        class_names=HIRISE_CLASSES,
        seed=42,
        dataset={
            "path": str(draw(artifacts.with_name("images"), table["image"])),
            "problems": {"absent": 3, "resized": 2},
        },
    )
    writer.write_table("labels_seen.parquet", table[["image", "split", "label"]])
    catalog = table[["image", "split", "class_name"]].assign(path=table["image"])
    writer.write_table("catalog.parquet", catalog)
    writer.write_file("image_features.parquet", lambda path: features_of(table, path))
    val = table[table["split"] == "val"]
    predictions = Predictions(
        y_pred=val["right"].to_numpy(),
        y_true=val["label"].to_numpy(),
        class_names=tuple(HIRISE_CLASSES),
        image=val["image"].to_numpy(),
        split="val",
    )
    writer.write_predictions("val", predictions.write)
    writer.finish("finished")
    return artifacts


def draw(folder, names):
    folder.mkdir()
    for name in names:
        Image.new("L", (8, 8), 90).save(folder / name)
    return folder


def features_of(table, path):
    """Copies of one landmark show the same; no two files have the same bytes."""
    hashes = np.random.default_rng(1).integers(1, 2**63, (100, 2), dtype=np.uint64)
    pictures = np.random.default_rng(2).integers(-99, 99, (100, 256), dtype=np.int8)
    found = pd.DataFrame(
        {
            "image": table["image"],
            "digest": [f"{row:032x}" for row in range(len(table))],
            "hash": hashes[table["mark"], 0],
            "detail": hashes[table["mark"], 1],
            "feature": None,
            "coarse": list(pictures[table["mark"]]),
        }
    )
    write_image_features(found, path)


def test_shuffled_labels_are_proven_and_the_correct_ones_offered(shuffled, read_page):
    app = read_page(shuffled, "data")
    assert not app.exception
    assert (
        "**Proven.** The labels are the correct ones, shuffled with seed 42: those of "
        "val once more than intended (all 160 match)."
    ) in words(app)
    labels = [button.proto.label for button in app.get("download_button")]
    assert "Correct labels .csv (image, class)" in labels
    assert "Correct labels .txt (image id)" in labels
    tests = next(t.value for t in app.dataframe if "shuffled" in t.value)
    answers = tests.set_index(["split", "test"])["answer"]
    assert answers["train", "catalog"] == "belong"
    assert answers["val", "catalog"] == answers["val", "siblings"] == "foreign"
    assert answers["val", "neighbours"] == "unsure"
    assert "- train, val: similar images, no features of" in words(app)


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_the_files_are_those_of_the_command(shuffled, tmp_path, suffix):
    (run,) = list_runs(shuffled).runs
    path = tmp_path / f"right{suffix}"
    tables = LabelEvidence.of_run(run).tables
    write_labels(tables, path)
    assert path.read_bytes() == labels_text(tables, Path(f"any{suffix}")).encode()


def test_leaked_images_are_counted_scored_and_shown(shuffled, read_page):
    app = read_page(shuffled, "data")
    shared = next(
        t.value
        for t in app.dataframe
        if list(t.value) == ["kind", "n_images", "frequency"]
    ).set_index("kind")
    assert shared["n_images"].to_dict() == {
        "landmark": 80,
        "bytes": 0,
        "near": 80,
        "copy": 80,
        "observation": 80,
    }
    assert shared.loc["copy", "frequency"] == 0.5
    scores = next(t.value for t in app.dataframe if "metric" in t.value)
    sizes = scores.drop_duplicates("part").set_index("part")["n_images"]
    assert sizes[["copy", "no_copy", "new_observation"]].tolist() == [80, 80, 80]
    assert "80 val images with a copy in training" in words(app)
    images = [one.proto.imgs[0].caption for one in app.get("image")]
    # Six leaked pairs and three of duplicates.
    assert len(images) == 18
    assert images[0].startswith("val: ")
    assert images[1].startswith("train: ")


def test_images_that_are_absent_are_reported_as_absent(shuffled, open_page):
    images = shuffled.with_name("images")
    away = images.rename(images.with_name("away"))
    app = open_page(shuffled, "data")
    away.rename(images)
    assert not app.exception
    assert not app.get("image")
    assert "images, no longer exists." in words(app)
    assert "80 val images with a copy in training" in words(app)


def test_duplicates_are_counted_in_groups(shuffled, read_page):
    app = read_page(shuffled, "data")
    assert [metric.value for metric in app.metric] == ["100", "400", "80", "0"]
    pairs = next(t.value for t in app.dataframe if "copy_split" in t.value)
    # Each group of four is its first image beside the other three.
    assert len(app.dataframe[-2].value) == 300
    assert set(pairs["kind"]) == {"near"}


def test_labels_are_not_suspected_where_the_evaluated_labels_are_foreign(
    shuffled, read_page
):
    app = read_page(shuffled, "data")
    assert "Label errors are not known" in words(app)
    assert "HR101 was found" in words(app)


def test_file_problems_are_counted_with_what_they_mean(shuffled, read_page):
    problems = read_page(shuffled, "data").dataframe[-1].value
    assert problems[["problem", "images"]].to_numpy().tolist() == [
        ["absent", 3],
        ["resized", 2],
    ]
    assert problems["meaning"].iloc[0] == "labelled, but the file does not exist"


def test_the_parts_are_summed_up_first(shuffled, read_page):
    texts = [block.value for block in read_page(shuffled, "data").main.markdown]
    found = dict(zip(texts[:12:2], texts[1:12:2], strict=True))
    said = {name.split("]")[0][1:]: state for name, state in found.items()}
    assert list(said) == list(PARTS)
    assert "error" in said["Labels"]
    assert "warning" in said["Duplicates"]
    assert "not known" in said["Suspected labels"]


def test_predictions_alone_say_in_each_part_why_and_how(example, read_page):
    app = read_page(example("without_proba"), "data")
    assert not app.exception
    headings = [one.value for one in app.subheader]
    for heading in (
        "The labels cannot be tested",
        "Leakage is not known",
        "Duplicates are not known",
        "Label errors are not known",
        "The files are not known",
    ):
        assert heading in headings
    text = words(app)
    assert text.count("`hirise import FILE --data DIR`") == 4
    assert "There are no probabilities, only labels." in text
    assert "- test: copies of one landmark, there are no pairs of copies" in text
    assert "The rows of the predictions are consistent." in text


def test_a_run_in_training_shows_what_is_known_of_its_labels(example, read_page):
    app = read_page(example("training"), "data")
    assert not app.exception
    assert app.dataframe[0].value.sum().to_dict() == {"train": 250, "val": 150}
    assert "Leakage is not known" in words(app)


def test_suspected_labels_are_listed_least_believed_first(example, read_page):
    app = read_page(example("healthy"), "data", split="test")
    suspects = next(t.value for t in app.dataframe if "suggested" in t.value)
    assert suspects["self_confidence"].is_monotonic_increasing
    assert (suspects["given"] != suspects["suggested"]).all()


def pressed(app, label):
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception


def suspects_of(app):
    return next(t.value for t in app.dataframe if "suggested" in t.value)


def test_suspected_labels_are_corrected_and_kept(tmp_path, make_run, open_page):
    artifacts = tmp_path / "artifacts"
    make_run("healthy", artifacts)
    (run,) = list_runs(artifacts).runs
    app = open_page(artifacts, "data", split="test")
    first = suspects_of(app)
    n = len(first)
    assert n
    assert not first["relabel"].any()
    assert "No label is corrected yet" in words(app)
    pressed(app, f"Relabel all {n} as suggested")
    assert suspects_of(app)["relabel"].all()
    assert f"**{n} corrected label" in words(app)
    expected = dict(zip(first["image"], first["suggested"], strict=True))
    assert read_corrected(run) == expected
    # A page that is opened anew shows what is kept.
    again = open_page(artifacts, "data", split="test")
    assert suspects_of(again)["relabel"].all()
    pressed(again, f"Keep all {n}")
    assert not suspects_of(again)["relabel"].any()
    assert read_corrected(run) == {}


def test_labels_of_an_example_are_corrected_without_changing_it(shipped, open_page):
    (run,) = [r for r in list_runs(shipped).runs if "small-cnn" in r.info.id]
    app = open_page(shipped, "data", run=run.info.id)
    n = len(suspects_of(app))
    pressed(app, f"Relabel all {n} as suggested")
    assert f"**{n} corrected labels**" in words(app)
    assert "Train with them" not in [one.label for one in app.button]
    assert read_corrected(run) == {}
    pressed(app, f"Keep all {n}")
    assert "No label is corrected yet" in words(app)


def test_without_runs_the_page_says_how_to_make_one(tmp_path, open_page):
    assert "No runs yet" in words(open_page(tmp_path, "data"))
