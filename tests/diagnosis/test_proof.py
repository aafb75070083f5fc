"""The answer to "did it help?", with its numbers."""

from dataclasses import replace

import numpy as np
import pytest

from hirise.diagnosis.diagnose import diagnose
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.proof import (
    Contender,
    contenders,
    prove,
    with_doubts,
)
from hirise.diagnosis.sources import gather_predictions
from hirise.diagnosis.wording import p_text, signed
from hirise.errors import InputError
from hirise.predictions import Predictions
from hirise.runs import create_run, read_run

NAMES = ("other", "crater", "spider")
TRUTH = np.repeat([0, 1, 2], [120, 50, 30])


def make(y_pred, truth=TRUTH, split="test"):
    return Predictions(
        y_pred=np.asarray(y_pred),
        class_names=NAMES,
        y_true=truth,
        image=[f"{i:03d}.jpg" for i in range(len(truth))],
        split=split,
    )


def side(name, y_pred):
    return Contender(name, make(y_pred))


def wrong(share):
    """The truth, with that share of each class called the next class."""
    called = TRUTH.copy()
    for c in range(3):
        rows = np.flatnonzero(c == TRUTH)
        called[rows[: round(len(rows) * share)]] = (c + 1) % 3
    return called


COLLAPSED = np.zeros(200, dtype=int)
NO_SPIDER = np.where(TRUTH == 2, 0, TRUTH)


@pytest.mark.parametrize(
    ("before", "after", "outcome", "headline"),
    [
        (COLLAPSED, wrong(0.1), "cured", "Cured"),
        (COLLAPSED, wrong(0.5), "cured", "Cured"),
        (COLLAPSED, NO_SPIDER, "better", "Still partly collapsed, though better"),
        (wrong(0.5), wrong(0.1), "better", "Better"),
        (
            wrong(0.1),
            wrong(0.1),
            "no-difference",
            "No difference that these images can show",
        ),
        (wrong(0.1), COLLAPSED, "worse", "Worse"),
    ],
)
def test_each_outcome(before, after, outcome, headline):
    proof = prove(side("A", before), side("B", after))
    assert (proof.outcome, proof.headline) == (outcome, headline)
    assert proof.sentence.startswith(f"{headline}: on 200 test images the verdict ")


def test_the_sentence_names_the_numbers():
    proof = prove(side("A", COLLAPSED), side("B", wrong(0.1)))
    # Macro-F1 before: 2 × 120 / 320 for one class of three.
    assert (
        "the verdict is no longer “collapsed”, as for A, but “no collapse found” for "
        "B. Macro-F1 goes from 0.25 to 0.8" in proof.sentence
    )
    # 12 of class 0 are broken, 45 and 27 of the others fixed.
    assert (
        "72 images are fixed and 12 newly broken (McNemar's exact test, p < 0.001)."
        in proof.sentence
    )
    assert "over 200 images)" in proof.sentence


def test_an_interval_that_holds_0_shows_no_difference():
    called = wrong(0.1)
    called[0] = 0
    proof = prove(side("A", wrong(0.1)), side("B", called))
    assert proof.outcome == "no-difference"
    assert "which holds 0)" in proof.sentence
    assert "1 image is fixed and 0 newly broken" in proof.sentence


def test_equal_predictions():
    proof = prove(side("A", COLLAPSED), side("B", COLLAPSED))
    assert "the verdict is “collapsed” for both A and B" in proof.sentence
    assert "Macro-F1 is 0.25 for both, in every resample." in proof.sentence
    assert "No image is fixed, and none is newly broken." in proof.sentence


def test_too_few_images_for_an_interval_show_no_difference():
    truth = np.array([0, 1, 2] * 3)
    proof = prove(
        Contender("A", make(np.zeros(9, dtype=int), truth)),
        Contender("B", make(truth, truth)),
    )
    assert proof.outcome == "no-difference"
    assert "without an interval. There are no intervals: 9 images" in proof.sentence


def test_scrambled_labels_are_a_doubt_about_any_outcome():
    proof = prove(side("A", COLLAPSED), side("B", wrong(0.1)))
    diagnosis = diagnose(gather_predictions(make(wrong(0.1))))
    assert with_doubts(proof, diagnosis) == proof
    title = "Labels do not belong to their images"
    found = [
        Finding("HR101", title, "error", "…", subject=one) for one in ("val", "test")
    ]
    other, same = (
        with_doubts(proof, replace(diagnosis, findings=(one,))) for one in found
    )
    assert other == proof
    told = proof.sentence.removeprefix("Cured: ")
    assert same.headline == "Cured, if these images can be trusted"
    assert same.sentence == f"{same.headline}: {told} {same.doubt}"
    assert same.doubt == (
        "The evaluation cannot be trusted because of HR101 (labels do not belong to "
        "their images)."
    )


def run_with(artifacts, title, **splits):
    writer = create_run(artifacts, title=title, class_names=NAMES)
    for split, called in splits.items():
        writer.write_predictions(split, make(called, split=split).write)
    writer.finish("finished", seconds=12.5)
    return read_run(writer.folder)


def test_runs_are_compared_on_a_split_that_both_have(tmp_path):
    first = run_with(tmp_path, "A", val=COLLAPSED, test=COLLAPSED)
    second = run_with(tmp_path, "B", train=COLLAPSED, test=wrong(0.1))
    before, after = contenders(first, second)
    assert before.predictions.split == after.predictions.split == "test"
    assert (before.name, after.name, after.seconds) == ("A", "B", 12.5)
    with pytest.raises(InputError, match="There is no split 'val'"):
        contenders(first, second, split="val")


def test_runs_without_a_common_split_and_of_one_title(tmp_path):
    first = run_with(tmp_path, "A", val=COLLAPSED)
    second = run_with(tmp_path, "A", test=wrong(0.1))
    proof = prove(*contenders(first, second))
    assert proof.sentence.startswith("Cured: on 200 images the verdict")
    assert first.info.id in proof.sentence
    with pytest.raises(InputError, match="has no predictions to compare"):
        contenders(first, run_with(tmp_path, "C"))


def test_numbers_in_words():
    assert [signed(0.321), signed(-0.05), signed(-0.001)] == ["+0.32", "−0.05", "0.00"]
    assert [p_text(0.0004), p_text(0.0312)] == ["p < 0.001", "p = 0.031"]
