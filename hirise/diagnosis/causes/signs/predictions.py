"""Signs in the predictions: which classes, how sure, and how they rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Floats
from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign, check_sign
from hirise.diagnosis.collapse_kind import KIND_RULES, ranking_low
from hirise.diagnosis.labels.exchange import (
    WHOLESALE,
    find_exchange,
    mostly_predicted_as,
)
from hirise.diagnosis.wording import Images, Names, Phrase, Rate, Score
from hirise.evaluation import MEASURABLE

MOSTLY = 0.50
"""Recall, or precision, from which a class is learned."""
OUTWEIGHED = 0.5
"""Of the largest class frequency, below which a class can be hidden by a threshold."""
RARE_FREQUENCY = 0.10
VERY_RARE = 0.01
"""Of the training images, below which a class has hardly any."""
ENOUGH_ERRORS = 20
UNTOLD = 0.65
"""How often a hit is more confident than an error, where confidence tells little."""
UNBELIEVED = 0.10
"""Mean probability of a class for its own images."""
LEARNED = 0.60
POOR = 0.20


def failing(known: Known) -> Seen:
    """The verdict is one of those that fail."""
    if known.evidence.evaluation is None:
        return None
    if not known.verdict.failing:
        return False
    return Phrase("The verdict is {verdict}.", {"verdict": known.verdict.title})


def output_constant(known: Known) -> Seen:
    """The outputs are the same for all images."""
    finding = known.finding("HR302") or known.finding("HR502")
    if finding is not None:
        return finding
    made = known.was_made("HR302") or known.was_made("HR502")
    return False if made else None


def ranking_kept(known: Known) -> Seen:
    """Images of a class get higher probabilities of it than others do."""
    evaluation = known.evidence.evaluation
    if evaluation is None or not evaluation.has_proba or not evaluation.has_truth:
        return None
    low = ranking_low(known.evidence)
    if not np.isfinite(low):
        return None
    if low <= KIND_RULES.ranking:
        return False
    return Phrase(
        "The ranking is good: the macro one-vs-rest AUC is {auc:.2f}, at least "
        "{low:.2f} (above {threshold:.2f} is good).",
        {
            "auc": evaluation.metric("macro_auc_measurable"),
            "low": low,
            "threshold": KIND_RULES.ranking,
        },
    )


def hidden_classes(known: Known) -> Seen:
    """Missed classes rank well and are rarer than the most frequent one."""
    ranking = ranking_kept(known)
    if ranking is None:
        return None
    missed, _ = missed_and_others(known)
    if ranking is False or missed.empty or known.frequencies is None:
        return False
    of_missed = known.frequencies.reindex(missed.index).fillna(0)
    seldom = missed["predicted"] <= MOSTLY * missed["support"]
    if of_missed.max() > OUTWEIGHED * known.frequencies.max() or not seldom.all():
        return False
    return Phrase(
        "{ranking} Yet {names} are predicted at most half as often as they occur.",
        {"ranking": ranking, "names": _names(missed)},
    )


def missed_and_others(known: Known) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of `per_class` whose recall is below `MOSTLY`, and the others."""
    missed = known.classes["recall"] < MOSTLY
    return known.classes[missed], known.classes[~missed]


def some_missed(known: Known) -> Seen:
    """A few classes are missed while most are learned."""
    if known.classes.empty:
        return None
    if known.finding("HR201"):
        return False
    measurable = known.classes[known.classes["support"] >= MEASURABLE]
    missed = measurable[measurable["recall"] < MOSTLY]
    others = measurable[measurable["recall"] >= MOSTLY]
    if missed.empty or len(missed) > max(1, 0.4 * len(measurable)) or others.empty:
        return False
    return Phrase(
        "{names} are mostly missed, and the other {n} classes are not.",
        {"names": _names(missed), "n": len(others)},
    )


def never_among_learned(known: Known) -> Seen:
    """A class is never predicted while most others are learned."""
    seen = some_missed(known)
    if not seen:
        return seen
    missed, _ = missed_and_others(known)
    never = missed[(missed["predicted"] == 0) & (missed["support"] >= MEASURABLE)]
    if never.empty:
        return False
    template = "{names} are never predicted, while other classes are learned."
    return Phrase(template, {"names": _names(never)})


def unbelieved(known: Known) -> Seen:
    """A class gets almost no probability, not even for its own images."""
    if known.labelled is None:
        return None
    proba, truth = known.labelled
    support = np.bincount(truth, minlength=proba.shape[1])
    believed = [
        float(proba[truth == c, c].mean()) if support[c] >= MEASURABLE else 1.0
        for c in range(proba.shape[1])
    ]
    low = np.flatnonzero(np.array(believed) < UNBELIEVED)
    if not 0 < len(low) <= 0.4 * len(believed):
        return False
    names = known.evidence.require_evaluation().class_names
    return Phrase(
        "Images of {names} get a mean probability of {rate} for their own class.",
        {
            "names": Names(tuple(str(names[c]) for c in low)),
            "rate": Rate(max(believed[c] for c in low)),
        },
    )


def wholesale(known: Known) -> Seen:
    """Most images of a missed class are predicted as one other class."""
    seen = some_missed(known)
    if not seen:
        return seen
    for name, row in missed_and_others(known)[0].iterrows():
        other, most = mostly_predicted_as(
            known.evidence.require_evaluation(), str(name)
        )
        if row["support"] >= MEASURABLE and most >= WHOLESALE * row["support"]:
            return Phrase(
                "{rate} of {images} of '{name}' are predicted as '{other}'.",
                {
                    "rate": Rate(float(most / row["support"])),
                    "images": Images(int(row["support"])),
                    "name": str(name),
                    "other": other,
                },
            )
    return False


def rare_missed(known: Known) -> Seen:
    """All missed classes are rare, and the others are learned."""
    missed, others = missed_and_others(known)
    if known.classes.empty or known.frequencies is None:
        return None
    if missed.empty or others.empty or known.finding("HR201"):
        return False
    frequencies = known.frequencies.reindex(missed.index).fillna(0)
    if frequencies.max() > RARE_FREQUENCY:
        return False
    return Phrase(
        "Only rare classes are missed (at most {frequency} of the images): {names}.",
        {"frequency": Rate(float(frequencies.max())), "names": _names(missed)},
    )


def tiny_missed(known: Known) -> Seen:
    """The missed classes are those with hardly any training image."""
    counts = known.evidence.split_counts
    missed, others = missed_and_others(known)
    if known.classes.empty or counts is None or "train" not in counts:
        return None
    n = counts["train"].reindex(missed.index).fillna(0)
    least = max(MEASURABLE, VERY_RARE * counts["train"].sum())
    if missed.empty or others.empty or not 0 < n.max() < least:
        return False
    return Phrase(
        "All missed classes have fewer than {minimum:.0f} training images: {names}.",
        {"minimum": least, "names": _names(missed)},
    )


def taken_for_gainer(known: Known) -> Seen:
    """A missed class has fewer images in training, and the class it is taken for more.

    That is what labels give that were changed from one class to the other.
    """
    counts = known.evidence.split_counts
    seen = wholesale(known)
    if counts is None or "train" not in counts or seen is None:
        return None
    split = known.evidence.require_evaluation().split
    if seen is False or split not in counts:
        return False
    found = find_exchange(known.evidence.require_evaluation(), counts)
    if found is None:
        return False
    return Phrase(
        "'{name}' has {here} of the evaluated labels and {train} of the "
        "training labels; '{other}', as which its images are predicted, has "
        "{more} and {most}.",
        {
            "name": found.name,
            "here": Rate(found.name_here),
            "train": Rate(found.name_in_training),
            "other": found.other,
            "more": Rate(found.other_here),
            "most": Rate(found.other_in_training),
        },
    )


def errors_confident(known: Known) -> Seen:
    """Errors are about as confident as hits, as with labels that are noise."""
    if known.labelled is None:
        return None
    proba, truth = known.labelled
    hits = proba.argmax(axis=1) == truth
    n_errors, n_hits = int((~hits).sum()), int(hits.sum())
    if min(n_errors, n_hits) < ENOUGH_ERRORS:
        return None
    told = _auc(proba.max(axis=1), hits)
    if told > UNTOLD:
        return False
    return Phrase(
        "Confidence hardly tells errors from hits: a hit is the more confident one in "
        "{rate} of pairs ({n_errors:,} errors; {threshold} or less is little).",
        {"rate": Rate(told), "n_errors": n_errors, "threshold": Rate(UNTOLD)},
    )


def learned(known: Known) -> Seen:
    """The predictions agree with the ground truth far beyond chance."""
    return _kappa(known, above=LEARNED)


def poor(known: Known) -> Seen:
    """The predictions hardly agree with the ground truth beyond chance."""
    return _kappa(known, below=POOR)


def worse_than_chance(known: Known) -> Seen:
    """The predictions agree less than by chance."""
    evaluation = known.evidence.evaluation
    if evaluation is None or known.classes.empty:
        return None
    high = evaluation.bounds("kappa")[2]
    if not high < 0:
        return False
    kappa = Score(*evaluation.bounds("kappa"))
    return Phrase("Cohen's kappa is {kappa}, below chance.", {"kappa": kappa})


def tied(known: Known) -> Seen:
    """Several classes share the largest probability in many images."""
    evaluation = known.evidence.evaluation
    if evaluation is None or not evaluation.has_proba:
        return None
    rate = evaluation.n_tied / max(1, evaluation.n_images)
    if rate < 0.02:
        return False
    template = "In {rate} of the images several classes have the largest probability."
    return Phrase(template, {"rate": Rate(rate)})


def _kappa(known: Known, *, above: float = 2.0, below: float = -2.0) -> Seen:
    evaluation = known.evidence.evaluation
    if evaluation is None or known.classes.empty:
        return None
    value = evaluation.metric("kappa")
    if not np.isfinite(value):
        return None
    if not (value >= above or value <= below):
        return False
    kappa = Score(*evaluation.bounds("kappa"))
    return Phrase("Cohen's kappa is {kappa}.", {"kappa": kappa})


def _auc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Probability that a positive scores higher than a negative."""
    ranks = pd.Series(scores).rank().to_numpy()
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    total = ranks[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(total / (n_positive * n_negative))


def _names(classes: pd.DataFrame) -> Names:
    return Names(tuple(map(str, classes.index)))


SIGNS: tuple[Sign, ...] = (
    Sign("failing", "verdict", "the verdict fails", failing),
    check_sign("HR201", "answers", "one class takes all predictions"),
    check_sign("HR202", "answers", "classes are never predicted"),
    check_sign("HR207", "order", "one relabelling restores the score"),
    check_sign("HR301", "confidence", "confidence is too high"),
    Sign(
        "output-constant",
        "constant",
        "the outputs are the same for all images",
        output_constant,
        ("HR302", "HR502"),
    ),
    Sign("learned", "kappa", "the classes are learned", learned, ("HR206",)),
    Sign("poor", "kappa", "hardly better than chance", poor, ("HR206",)),
    Sign("worse-than-chance", "kappa", "worse than chance", worse_than_chance),
    Sign("ranking-kept", "ranking", "the ranking is good", ranking_kept),
    Sign(
        "hidden-classes",
        "ranking",
        "rarer classes rank well but are not predicted",
        hidden_classes,
        ("HR201", "HR202", "HR204"),
    ),
    Sign("some-missed", "classes", "a few classes are missed", some_missed, ("HR204",)),
    Sign(
        "never-among-learned",
        "classes",
        "a class is never predicted, others are learned",
        never_among_learned,
        ("HR202",),
    ),
    Sign(
        "unbelieved",
        "classes",
        "a class gets no probability for its images",
        unbelieved,
    ),
    Sign("wholesale", "classes", "a class is predicted as another one", wholesale),
    Sign(
        "taken-for-gainer",
        "gainer",
        "a class is predicted as one that training has more of",
        taken_for_gainer,
    ),
    Sign("tiny-missed", "tiny", "missed classes have hardly any image", tiny_missed),
    Sign(
        "rare-missed",
        "classes",
        "only rare classes are missed",
        rare_missed,
        ("HR204",),
    ),
    Sign(
        "errors-confident", "noise", "errors are as confident as hits", errors_confident
    ),
    Sign("tied", "ties", "classes share the largest probability", tied, ("HR105",)),
)
