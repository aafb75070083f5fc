"""Each check fires on a case made for it, passes a healthy run, and says why it cannot.

`CASES` must name every check, with what spoils a healthy run so that it fires and with
what must be taken away so that it cannot be made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import diagnose
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.evidence import Activations
from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.labels import LabelEvidence, LabelTables
from hirise.diagnosis.leakage import LeakageEvidence
from hirise.mars.names import parse_names
from hirise.predictions import Predictions

NAMES = ("other", "crater", "dune", "spider")
N_EACH = (700, 200, 70, 30)
TRUTH = np.repeat(range(4), N_EACH)
SHARES = dict(zip(NAMES, (0.7, 0.2, 0.07, 0.03), strict=True))
LOG_SHARES = np.log(list(SHARES.values()))
ENTROPY = -float(np.exp(LOG_SHARES) @ LOG_SHARES)
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(1000, 4))
FEATURES = RNG.normal(size=(2000, 6)) + 2.0 * np.tile(TRUTH, 2)[:, None]

BY_CODE = {check.code: check for check in CHECKS}
Given = dict[str, Any]


def image_names(observation: int, *, landmark: int = 0) -> list[str]:
    """1,000 landmarks of ten observations, each of which shows hardly two classes."""
    return [
        f"ESP_{observation + i // 100:06d}_1450_RED-{landmark + i:04d}.jpg"
        for i in range(1000)
    ]


def twice_named() -> list[str]:
    """500 landmarks, each beside its copy that is turned; both of one class."""
    return [
        f"ESP_{11 + i // 100:06d}_1450_RED-{i // 2:04d}{'-r90' * (i % 2)}.jpg"
        for i in range(1000)
    ]


def scored(logits: Any, truth: Any = TRUTH) -> Given:
    """Predictions of these logits."""
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    return {"y_true": truth, "y_pred": proba.argmax(axis=1), "proba": proba}


def called(cells: dict[tuple[int, int], int]) -> Given:
    """Labels without probabilities: so many images of one class are called another."""
    y_pred = TRUTH.copy()
    for (true, predicted), n in cells.items():
        y_pred[np.flatnonzero(true == TRUTH)[:n]] = predicted
    return {"y_true": TRUTH, "y_pred": y_pred, "proba": None}


def labels_of(
    labels: Any, *, features: Any = FEATURES, kind: str = "texture"
) -> LabelEvidence:
    """Labels of the validation images beside right ones of training."""
    seen = pd.DataFrame(
        {
            "image": [*image_names(1), *image_names(11)],
            "split": ["train"] * 1000 + ["val"] * 1000,
            "source": "labels_seen",
            "label": np.concatenate([TRUTH, labels]),
            "right": -1,
            "landmark": "",
            "texture": -1,
            "embedding": -1,
        }
    )
    seen[kind] = range(2000)
    return LabelEvidence(lambda: LabelTables(seen, NAMES, {kind: features}))


def leakage_of(
    val: list[str], *, truth: Any = TRUTH, hashed: Any = range(1000, 2000)
) -> LeakageEvidence:
    """Training on ten observations; judged right about the images `val`."""
    images = [*image_names(1), *val]
    classes = np.array(NAMES, dtype=object)[np.concatenate([TRUTH, truth])]
    places = pd.DataFrame({"image": images, "class_name": classes})
    places["split"] = ["train"] * 1000 + ["val"] * 1000
    places = places.join(parse_names(places["image"])[["landmark", "observation"]])
    hashes = np.random.default_rng(2).integers(1, 2**63, 2000, dtype=np.uint64)
    shown = hashes[[*range(1000), *hashed]]
    features = pd.DataFrame({"image": images, "hash": shown})
    features["detail"] = features["hash"]
    pictures = np.random.default_rng(3).integers(-99, 99, (2000, 256), dtype=np.int8)
    features["coarse"] = list(pictures[[*range(1000), *hashed]])
    features["digest"] = [f"{number:032x}" for number in range(2000)]
    judged = {"y_true": truth, "y_pred": truth, "class_names": NAMES, "split": "val"}
    predictions = Predictions(image=np.array(val, dtype=object), **judged)
    return LeakageEvidence(places, predictions, features)


def without_pictures(leakage: LeakageEvidence, n: int) -> LeakageEvidence:
    """The last images are black, as far as their hashes tell."""
    assert leakage.features is not None
    features = leakage.features.copy()
    features.loc[features.index[-n:], ["hash", "detail"]] = 0
    return replace(leakage, features=features)


def shifted_counts() -> pd.DataFrame:
    """As often as the classes occur on training, and dunes for craters on val."""
    table = pd.DataFrame({"class_name": NAMES, "epoch": 3})
    train = table.assign(split="train", n=N_EACH)
    return pd.concat([train, table.assign(split="val", n=(300, 0, 670, 30))])


def curves(**columns: Any) -> Given:
    """A training of three epochs that goes well, but for what is given."""
    sound = {
        "loss": [0.6, 0.3, 0.29],
        "accuracy": [0.90, 0.96, 0.97],
        "logged_accuracy": [0.85, 0.94, 0.96],
        "val_loss": [0.6, 0.4, 0.35],
        "val_accuracy": [0.90, 0.95, 0.96],
        "val_macro_f1": [0.80, 0.88, 0.90],
        "val_balanced_accuracy": [0.80, 0.88, 0.90],
    }
    table = {name: values for name, values in (sound | columns).items() if values}
    return {"history": table}


def healthy(probe: Callable[..., Activations]) -> Given:
    """All that can be known of a run, and nothing wrong with it."""
    counts = pd.DataFrame({"train": N_EACH, "val": N_EACH}, index=list(NAMES))
    spread = pd.DataFrame({"class_name": NAMES, "n": N_EACH, "epoch": 3})
    return (
        scored(12 * np.eye(4)[TRUTH] + NOISE)
        | curves()
        | {
            "split": "val",
            "image": np.array(twice_named(), dtype=object),
            "shares": SHARES,
            "split_counts": counts,
            "predicted_counts": pd.concat(
                [spread.assign(split="train"), spread.assign(split="val")]
            ),
            "file_problems": pd.Series(dtype="int64"),
            "select_by": "macro_f1",
            "activations": probe(),
            "labels": labels_of(TRUTH),
            "leakage": leakage_of(image_names(11)),
            "saliency": saliency(share=0.2),
            "settings": USUAL,
        }
    )


USUAL = {"optimizer": "adam", "learning_rate": 1e-3, "dropout": 0.2}


def saliency(*, share: float) -> pd.DataFrame:
    """Of 50 images with a border that takes a fifth of each."""
    table = pd.DataFrame({"image": twice_named()[::20]})
    return table.assign(border_area=0.2, border_share=share)


def counts(val: tuple[int, ...]) -> Given:
    table = pd.DataFrame({"train": N_EACH, "val": val}, index=list(NAMES))
    return {"split_counts": table}


@dataclass(frozen=True)
class Case:
    """What is changed in a healthy run.

    `fires` makes the check find something; it is a function of the probe maker where a
    probe is changed. With `lacks` the check cannot be made, for `reason`.
    """

    fires: Given | Callable[[Callable[..., Activations]], Given]
    lacks: Given
    reason: str


SHUFFLED = np.random.default_rng(1).permutation(TRUTH)
UNJUDGED = {"y_true": None}
NO_SCORES = {"proba": None}
NO_CURVES = {"history": None}
UNPROBED = {"activations": None}
NOTHING = {"y_pred": None, "y_true": None}
UNLABELLED = "there are no true labels"
CASES = {
    "HR101": Case(
        {"labels": labels_of(SHUFFLED)},
        {"labels": None} | NO_CURVES,
        "no labels with image names are known",
    ),
    "HR102": Case(
        {"leakage": leakage_of([n.replace(".", "-r90.") for n in image_names(1)])},
        {"leakage": None},
        "not known which images were trained on",
    ),
    "HR103": Case(
        {"leakage": leakage_of(image_names(11), hashed=range(1000))},
        {"leakage": None},
        "pixels were not compared",
    ),
    "HR104": Case(
        counts((700, 200, 95, 5)), {"split_counts": None} | UNJUDGED, UNLABELLED
    ),
    "HR105": Case(
        {"file_problems": pd.Series({"missing": 3})},
        {"file_problems": None} | NOTHING,
        "neither files nor predictions",
    ),
    "HR106": Case(
        counts((500, 200, 70, 230)), {"split_counts": None}, "counts .* unknown"
    ),
    "HR107": Case(
        {"y_true": np.where(np.arange(1000) % 10 == 0, (TRUTH + 1) % 4, TRUTH)},
        called({(0, 1): 700}),
        "knows too little to doubt a label",
    ),
    "HR108": Case(
        {"leakage": leakage_of(image_names(1, landmark=1000))},
        {"leakage": None},
        "not known which images were trained on",
    ),
    "HR109": Case(
        {
            "leakage": leakage_of(
                image_names(11), truth=(TRUTH + 1) % 4, hashed=range(1000)
            )
        },
        {"leakage": None},
        "pixels were not compared",
    ),
    "HR110": Case(
        {
            "split_counts": pd.DataFrame(
                {"train": (700, 200, 70, 0), "val": N_EACH}, index=list(NAMES)
            )
        },
        {"split_counts": None, "shares": None},
        "class counts of training are unknown",
    ),
    "HR111": Case(
        {"leakage": without_pictures(leakage_of(image_names(11)), 30)},
        {"leakage": None},
        "pixels were not compared",
    ),
    "HR201": Case(called({(1, 0): 200, (2, 0): 70, (3, 0): 30}), UNJUDGED, UNLABELLED),
    "HR202": Case(called({(3, 0): 30}), UNJUDGED, UNLABELLED),
    "HR203": Case(called({(0, 1): 320}), UNJUDGED, UNLABELLED),
    "HR204": Case(called({(2, 0): 50}), UNJUDGED, UNLABELLED),
    "HR205": Case(called({(0, 3): 200}), UNJUDGED, UNLABELLED),
    "HR206": Case(
        scored(12 * np.eye(4)[SHUFFLED] + NOISE),
        called({(1, 0): 200, (2, 0): 70, (3, 0): 30}),
        "one class takes all predictions, see HR201",
    ),
    "HR207": Case(
        scored((12 * np.eye(4)[TRUTH] + NOISE)[:, [1, 2, 3, 0]]), UNJUDGED, UNLABELLED
    ),
    "HR208": Case(
        {"y_pred": np.where(np.arange(1000) % 8 == 1, (TRUTH + 1) % 4, TRUTH)}
        | NO_SCORES,
        {"image": np.array(image_names(11), dtype=object)},
        "no images of this split show the same landmark",
    ),
    "HR301": Case(scored(12 * np.eye(4)[TRUTH] + 8 * NOISE), NO_SCORES, "only labels"),
    "HR302": Case(scored(np.tile(LOG_SHARES, (1000, 1))), NO_SCORES, "only labels"),
    "HR303": Case(scored(LOG_SHARES + NOISE / 50), NO_SCORES, "only labels"),
    "HR401": Case(
        curves(val_loss=[0.5, 0.4, 0.9], val_macro_f1=[0.8, 0.9, 0.7]),
        NO_CURVES,
        "no training history",
    ),
    "HR402": Case(curves(accuracy=[0.7, 0.7, 0.71]), NO_CURVES, "no training history"),
    "HR403": Case(curves(loss=[0.9, ENTROPY, ENTROPY]), NO_CURVES, "no training"),
    "HR404": Case(curves(val_accuracy=[0.5] * 3), NO_CURVES, "no training history"),
    "HR405": Case(curves(loss=[0.9, 40.0, float("nan")]), NO_CURVES, "no training"),
    "HR406": Case(curves(val_macro_f1=[0.9, 0.8, 0.7]), NO_CURVES, "no training"),
    "HR407": Case(
        {"select_by": "accuracy"} | curves(val_accuracy=[0.97, 0.95, 0.96]),
        {"select_by": None},
        "not known how the kept epoch",
    ),
    "HR408": Case(
        curves(accuracy=[0.5, 0.6, 0.6], logged_accuracy=[0.7, 0.9, 0.95]),
        curves(logged_accuracy=None),
        "no `logged_accuracy`",
    ),
    "HR409": Case(
        {"predicted_counts": shifted_counts()},
        {"predicted_counts": pd.DataFrame()},
        "the classes predicted in each epoch are not known",
    ),
    "HR501": Case(
        # Where the network does well, it is a note.
        lambda probe: {"activations": probe(dead=0.6), **NOTHING, **NO_SCORES},
        UNPROBED,
        "activations",
    ),
    "HR502": Case(
        lambda probe: {"activations": probe(std=1e-5)}, UNPROBED, "activations"
    ),
    "HR503": Case(
        lambda probe: {"activations": probe(high=255)}, UNPROBED, "activations"
    ),
    "HR504": Case(
        lambda probe: {"activations": probe(units=3)},
        UNPROBED | NO_SCORES,
        "neither the last layer nor probabilities are known",
    ),
    "HR505": Case(
        {"saliency": saliency(share=0.5)},
        {"saliency": None},
        "the saliency is not known",
    ),
    "HR506": Case(
        {"settings": USUAL | {"learning_rate": -1.0}},
        {"settings": {}},
        "the settings of the training are not known",
    ),
}


def test_every_check_has_a_case():
    assert list(CASES) == [check.code for check in CHECKS]


def test_the_healthy_run_passes_every_check(make_evidence, make_probe):
    diagnosis = diagnose(make_evidence(**healthy(make_probe)))
    assert diagnosis.findings == ()
    assert diagnosis.not_applicable == ()
    assert list(diagnosis.passed) == list(CASES)
    assert (diagnosis.verdict.key, diagnosis.causes) == ("healthy", ())


@pytest.mark.parametrize("code", CASES)
def test_each_check_fires_on_the_case_made_for_it(code, make_evidence, make_probe):
    change = CASES[code].fires
    change = change(make_probe) if callable(change) else change
    found = list(BY_CODE[code](make_evidence(**healthy(make_probe) | change)))
    assert any(finding.severity != "note" for finding in found)


@pytest.mark.parametrize("code", CASES)
def test_each_check_says_why_it_is_not_applicable(code, make_evidence, make_probe):
    case = CASES[code]
    evidence = make_evidence(**healthy(make_probe) | case.lacks)
    with pytest.raises(NotApplicable, match=case.reason):
        list(BY_CODE[code](evidence))


def test_embeddings_tell_foreign_labels_too(make_evidence, make_probe):
    """As the pixels' statistics do; the run's own, where it keeps them."""
    given = healthy(make_probe)
    for labels, n_found in ((TRUTH, 0), (SHUFFLED, 1)):
        found = labels_of(labels, kind="embedding")
        evidence = make_evidence(**given | {"labels": found} | NO_CURVES)
        assert len(list(BY_CODE["HR101"](evidence))) == n_found
    alike = labels_of(SHUFFLED, kind="embedding", features=np.ones((2000, 6)))
    evidence = make_evidence(**given | {"labels": alike} | NO_CURVES)
    with pytest.raises(NotApplicable, match="neighbours: no features"):
        list(BY_CODE["HR101"](evidence))
