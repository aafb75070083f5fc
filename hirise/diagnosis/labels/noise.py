"""How many suspected labels a model of this quality would give with correct labels."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.labels.suspected import confident_class
from hirise.metrics.metrics import LOG_LOSS_FLOOR, Floats, Ints
from hirise.predictions import Predictions

MOST = 5_000
"""Of more images, so many are drawn."""
DRAWS = 20
TEMPERATURES = np.geomspace(0.2, 8, 28)
RATES = np.concatenate([[0.0], np.geomspace(0.002, 0.4, 24)])
_LEAST = 1e-12


@dataclass(frozen=True)
class LabelNoise:
    """What the probabilities say of the labels.

    Attributes
    ----------
    rate : float
        Fraction of labels that seem to be of another class, whatever the image shows.
    ratio : float
        Likelihood-ratio statistic of that rate against 0: above 10.8 by chance once in
        a thousand.
    expected, most : float
        Suspected labels if all labels were correct: the mean of 20 draws, and the most.
    """

    rate: float
    ratio: float
    expected: float
    most: float


def label_noise(predictions: Predictions) -> LabelNoise:
    """Fit a temperature and a rate of incorrect labels to held-out probabilities.

    The label of an image is drawn from the model's probabilities at one temperature,
    the errors that its confidence tells, or, at one rate, from the other
    classes evenly. Both are found by maximum likelihood. With the rate at 0 labels are
    then drawn and suspects counted, as `suspected_errors` does.

    Parameters
    ----------
    predictions : Predictions
        Of images that the model was not trained on, with probabilities and labels.

    References
    ----------
    Guo et al. (2017), On Calibration of Modern Neural Networks, arXiv:1706.04599, for
    the temperature; Natarajan et al. (2013), Learning with Noisy Labels, for the rate.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> second = 1 / (1 + np.exp(-random.normal(0, 5, 2000)))
    >>> labels = (random.random(2000) < second).astype(int)
    >>> labels[:200] = 1 - labels[:200]
    >>> noise = label_noise(
    ...     Predictions(
    ...         y_pred=(second > 0.5).astype(int),
    ...         y_true=labels,
    ...         proba=np.column_stack([1 - second, second]),
    ...         class_names=("a", "b"),
    ...     )
    ... )
    >>> round(noise.rate, 2), noise.ratio > 10.8
    (0.1, True)
    """
    assert predictions.proba is not None
    assert predictions.y_true is not None
    rng = np.random.default_rng(0)
    rows = np.flatnonzero(predictions.labelled)
    scale = max(len(rows) / MOST, 1.0)
    if len(rows) > MOST:
        rows = np.sort(rng.choice(rows, MOST, replace=False))
    given, proba = predictions.y_true[rows], predictions.proba[rows]
    logs = np.log(np.maximum(proba, LOG_LOSS_FLOOR))
    likelihoods = _around_the_best(logs, given)
    at, rate = np.unravel_index(likelihoods.argmax(), likelihoods.shape)
    best = predictions.likeliest[rows]
    sums = _softmax(logs / TEMPERATURES[at]).cumsum(axis=1)
    counts = [
        _count(_drawn(sums, rng.random((len(rows), 1))), proba, best)
        for _ in range(DRAWS)
    ]
    return LabelNoise(
        rate=float(RATES[rate]),
        ratio=float(2 * (likelihoods.max() - likelihoods[:, 0].max())),
        expected=float(np.mean(counts)) * scale,
        most=max(counts) * scale,
    )


def _around_the_best(logs: Floats, given: Ints) -> Floats:
    """Log-likelihood at each of `TEMPERATURES` and `RATES`; -inf where not needed.

    It has one maximum along the temperature, whatever the rate: every third temperature
    is tried, then the neighbours of those that are best with labels that are all
    correct, and of those that are best at any rate.
    """
    found = np.full((len(TEMPERATURES), len(RATES)), -np.inf)

    def fill(places: Iterable[int]) -> None:
        for place in places:
            if not np.isfinite(found[place, 0]):
                found[place] = _likelihoods(logs, given, TEMPERATURES[place])

    fill(range(0, len(TEMPERATURES), 3))
    tops = {int(found[:, 0].argmax()), int(found.max(axis=1).argmax())}
    for top in tops:
        fill(range(max(0, top - 2), min(len(TEMPERATURES), top + 3)))
    return found


def _softmax(logs: Floats) -> Floats:
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _likelihoods(logs: Floats, given: Ints, temperature: float) -> Floats:
    """Log-likelihood of the labels at each of `RATES`."""
    own = _softmax(logs / temperature)[np.arange(len(given)), given]
    others = (1 - own) / max(logs.shape[1] - 1, 1)
    mixed = (1 - RATES)[:, None] * own + RATES[:, None] * others
    return np.asarray(np.log(np.maximum(mixed, _LEAST)).sum(axis=1))


def _drawn(sums: Floats, random: Floats) -> Ints:
    return np.asarray((random > sums).sum(axis=1).clip(max=sums.shape[1] - 1))


def _count(given: Ints, proba: Floats, best: Ints) -> int:
    likely = confident_class(given, proba)
    return int(((likely >= 0) & (likely != given) & (best != given)).sum())
