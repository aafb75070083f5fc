"""`hirise compare`: what it prints, and what it refuses."""

import json

import numpy as np
import pytest

from hirise.__main__ import run
from hirise.predictions import Predictions
from hirise.runs import create_run

NAMES = ("other", "crater", "spider")
TRUTH = np.repeat([0, 1, 2], [60, 25, 15])
COLLAPSED = np.zeros(100, dtype=int)


def add(
    artifacts, title, called, *, truth=TRUTH, seconds=82.0, split="test", names=NAMES
):
    writer = create_run(artifacts, title=title, class_names=names)
    images = [f"{i:03d}.jpg" for i in range(len(truth))]
    predictions = Predictions(
        y_pred=called, class_names=names, y_true=truth, image=images, split=split
    )
    writer.write_predictions(split, predictions.write)
    writer.finish("finished", seconds=seconds)
    return writer.id


@pytest.fixture
def artifacts(tmp_path):
    return tmp_path / "artifacts"


@pytest.fixture
def compare(capsys, artifacts):
    def compare(*words):
        status = run(["compare", *words, "--artifacts", str(artifacts)])
        return status, *capsys.readouterr()

    return compare


@pytest.fixture
def two(artifacts):
    called = TRUTH.copy()
    called[[0, 60]] = 1, 0
    return add(artifacts, "blog", COLLAPSED), add(
        artifacts, "mended", called, seconds=250
    )


def test_the_sentence_comes_first_then_the_tables(compare, two):
    status, out, err = compare(*two)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("Cured: on 100 test images the verdict is no longer")
    assert "Before: blog" in lines
    by_name = {line[:24].strip(): line[24:].split() for line in lines}
    # 60 right before; 98 after.
    assert by_name["Accuracy"][:3] == ["0.600", "0.980", "+0.380"]
    assert by_name["crater"][:5] == ["0.000", "0.960", "+0.960", "24", "0"]
    assert by_name["other"][:5] == ["1.000", "0.983", "−0.017", "0", "1"]
    assert "Fixed 39, newly broken 1 (McNemar's exact test, p < 0.001)" in lines
    assert "  fixed   061.jpg: crater, other → crater" in lines
    assert "  fixed   and 34 more (--images, --json)" in lines
    assert "  broken  000.jpg: other, other → crater" in lines
    assert lines[-1] == "Training took 82 s before and 4.2 min after."


def test_one_json_document_for_several_runs(compare, two, artifacts):
    third = add(artifacts, "again", COLLAPSED)
    status, out, err = compare(*two, third, "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert (document["format"], document["baseline"]) == (1, two[0])
    first, second = document["comparisons"]
    assert (first["run"], second["run"]) == (two[1], third)
    assert (first["outcome"], second["outcome"]) == ("cured", "no-difference")
    assert first["metrics"]["accuracy"]["difference"] == pytest.approx(0.38)
    assert (first["mcnemar"]["n_fixed"], first["mcnemar"]["n_broken"]) == (39, 1)
    assert len(first["changed"]) == 40
    assert first["after"] == {
        "name": "mended",
        "split": "test",
        "verdict": "healthy",
        "seconds": 250,
    }
    assert second["metrics"]["kappa"]["low"] == 0


def test_runs_of_other_images_are_restricted_to_common_images_with_a_note(
    compare, two, artifacts
):
    fewer = add(artifacts, "fewer", TRUTH[20:], truth=TRUTH[:80])
    # Names 000 to 079 are shared; their truth is that of the first 80.
    out = compare(two[0], fewer)[1]
    assert (
        "Note: Compared on the 80 images that both have, of 100 of blog and 80" in out
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["blog", "blog"], "would be compared with itself"),
        (["blog", "nothing"], "There is no run `nothing`"),
        (["blog", "turned"], "have different true labels for 70 of 100 common images"),
        (["blog", "named"], "their classes differ"),
        (["blog", "mended", "--split", "val"], "There is no split 'val', only 'test'"),
    ],
)
def test_what_cannot_be_compared_is_one_line(compare, two, artifacts, words, told):
    ids = dict(zip(("blog", "mended"), two, strict=True))
    turned = np.roll(TRUTH, 30)
    ids["turned"] = add(artifacts, "turned", COLLAPSED, truth=turned)
    ids["named"] = add(artifacts, "named", COLLAPSED, names=("a", "b", "c"))
    status, out, err = compare(*(ids.get(word, word) for word in words))
    assert (status, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 1


def test_control_characters_of_names_stay_in_one_line(compare, artifacts):
    names = ("a\nb", "c\x1b[31m", "d")
    first, second = (
        add(artifacts, title, called, names=names)
        for title, called in (("A", COLLAPSED), ("B", TRUTH))
    )
    out = compare(first, second)[1]
    assert "a\\nb" in out
    assert "\x1b" not in out
