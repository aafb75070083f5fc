"""HR101: fires, is silent, or says why it cannot tell."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis.checks.labels import MisalignedLabels
from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.labels import LabelEvidence, LabelTables
from hirise.mars.labels import HIRISE_CLASSES

NAMES = ("other", "crater", "dune")


def make_labels(
    *,
    n: int = 400,
    scrambled: float = 0.0,
    sides: tuple[str, ...] = ("val",),
    catalog: bool = False,
    copies: int = 1,
    telling: bool | None = None,
    names: tuple[str, ...] = NAMES,
) -> LabelEvidence:
    """Two sides of `n` images; `telling` features follow the class or are noise."""
    rng = np.random.default_rng(0)
    tables, features = [], []
    for split in ("train", "val"):
        right = np.repeat(rng.choice(3, n // copies, p=[0.7, 0.2, 0.1]), copies)
        label = right.copy()
        if split in sides:
            rows = rng.choice(n, round(scrambled * n), replace=False)
            label[rows] = label[rng.permutation(rows)]
        landmark = [f"{split}{i // copies}" if copies > 1 else "" for i in range(n)]
        image = [f"{split}-{i:04d}.jpg" for i in range(n)]
        rows = pd.DataFrame({"image": image, "label": label, "landmark": landmark})
        rows["right"] = right if catalog else -1
        tables.append(rows.assign(split=split, source="labels_seen"))
        shift = 2.0 * right[:, None] if telling else 0
        features.append(rng.normal(0, 1, (n, 6)) + shift)
    seen = pd.concat(tables, ignore_index=True)
    seen = seen.assign(texture=-1 if telling is None else range(len(seen)))
    found = {} if telling is None else {"texture": np.concatenate(features)}
    return LabelEvidence(lambda: LabelTables(seen.assign(embedding=-1), names, found))


def findings(make_evidence, labels, **others):
    return list(MisalignedLabels()(make_evidence(labels=labels, **others)))


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0])
def test_the_catalog_shows_a_tenth_of_foreign_labels(make_evidence, share):
    labels = make_labels(scrambled=share, catalog=True)
    (found,) = findings(make_evidence, labels)
    assert (found.subject, found.severity) == ("val", "error")
    n = int((labels.tables.seen["label"] != labels.tables.seen["right"]).sum())
    assert found.evidence.startswith(f"{n / 4:.1f}% of 400 val labels are not those")


def test_the_catalog_is_silent_on_correct_labels(make_evidence):
    assert findings(make_evidence, make_labels(catalog=True)) == []


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_copies_that_disagree_show_foreign_labels(make_evidence, share):
    (found,) = findings(make_evidence, make_labels(scrambled=share, copies=4))
    assert "of 600 val pairs of copies of one landmark have the same label" in (
        found.evidence
    )


def test_copies_that_agree_are_silent(make_evidence):
    assert findings(make_evidence, make_labels(copies=4)) == []


def test_agreement_of_copies_is_counted_by_pairs():
    seen = pd.DataFrame(
        {
            "image": [f"{i}.jpg" for i in range(40)],
            "split": "val",
            "source": "labels_seen",
            "label": [0, 0] * 15 + [0, 1] * 5,
            "right": -1,
            "landmark": [str(i // 2) for i in range(40)],
            "texture": -1,
            "embedding": -1,
        }
    )
    tests = LabelEvidence(lambda: LabelTables(seen, NAMES)).tests
    siblings = next(test for test in tests if test.test == "siblings")
    assert siblings.n == 20
    assert siblings.value == 15 / 20
    # 35 zeros and 5 ones: (35·34 + 5·4) / (40·39).
    assert siblings.chance == pytest.approx(1210 / 1560)


def test_neighbours_show_labels_of_other_images(make_evidence):
    labels = make_labels(scrambled=1.0, telling=True)
    (found,) = findings(make_evidence, labels)
    assert found.subject == "val"
    assert found.evidence.startswith("Similar val images have the same label")
    assert "train images, cut to as many of each class, at least give" in found.evidence


def test_neighbours_are_silent_on_correct_labels(make_evidence):
    assert findings(make_evidence, make_labels(telling=True)) == []


def test_features_unrelated_to_the_classes_find_no_foreign_labels(make_evidence):
    with pytest.raises(NotApplicable, match="not known what correct labels would"):
        findings(make_evidence, make_labels(telling=False))


def test_hirise_classes_are_known_to_be_told_apart(make_evidence):
    both = make_labels(
        scrambled=1.0, sides=("train", "val"), telling=True, names=HIRISE_CLASSES
    )
    assert [f.subject for f in findings(make_evidence, both)] == ["train", "val"]
    few = make_labels(
        n=200,
        scrambled=1.0,
        sides=("train", "val"),
        telling=True,
        names=HIRISE_CLASSES,
    )
    with pytest.raises(NotApplicable, match="not known what"):
        findings(make_evidence, few)


def test_the_reasons_are_given_where_nothing_is_known(make_evidence):
    with pytest.raises(NotApplicable) as reason:
        findings(make_evidence, make_labels())
    for said in (
        "catalog: ",
        "siblings: there are no pairs",
        "neighbours: no features",
    ):
        assert said in str(reason.value)
    with pytest.raises(NotApplicable, match="no labels with image names are known"):
        findings(make_evidence, None)


def numbers(val_accuracy: float) -> dict:
    """Curves of a network that knows its training images."""
    counts = [("train", "other", 70), ("train", "crater", 30)]
    counts += [("val", "other", 70), ("val", "crater", 30)]
    table = pd.DataFrame(counts, columns=["split", "class_name", "n"]).assign(epoch=1)
    shares = {"other": 0.7, "crater": 0.3}
    return {
        "history": {"accuracy": [0.98], "val_accuracy": [val_accuracy]},
        "predicted_counts": table,
        "shares": shares,
        "split_counts": pd.DataFrame(
            {"train": [70, 30], "val": [70, 30]}, index=["other", "crater"]
        ),
    }


def test_numbers_alone_are_a_warning(make_evidence):
    # Chance is .7² + .3² = .58.
    (found,) = findings(make_evidence, None, **numbers(0.58))
    assert (found.subject, found.severity) == ("val", "warning")
    assert found.evidence.startswith(
        "Cohen's kappa is 0.95 on training images and 0.00"
    )
    assert findings(make_evidence, None, **numbers(0.80)) == []


def test_numbers_give_way_to_a_test_of_the_images(make_evidence):
    labels = make_labels(catalog=True)
    assert findings(make_evidence, labels, **numbers(0.58)) == []


def test_numbers_join_what_else_was_found(make_evidence):
    labels = make_labels(catalog=True, scrambled=1.0)
    (found,) = findings(make_evidence, labels, **numbers(0.58))
    assert found.severity == "error"
    assert "Cohen's kappa is 0.95 on training images" in found.evidence
