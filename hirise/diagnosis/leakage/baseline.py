"""Labels predicted from the observation alone, without a pixel."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hirise.evaluation import Evaluation, evaluate
from hirise.predictions import Predictions


@dataclass(frozen=True)
class ObservationBaseline:
    """Three ways to label the same images.

    Attributes
    ----------
    observation : Evaluation
        The most frequent training class of the image's observation, else that of all.
    constant : Evaluation
        The most frequent training class for every image.
    model : Evaluation
        What the model said.
    majority : str
        The most frequent training class.
    n_known : int
        Images of observations that training has.
    """

    observation: Evaluation
    constant: Evaluation
    model: Evaluation
    majority: str
    n_known: int

    def gain(self, metric: str) -> float:
        """How much more the observation scores than one class for all."""
        return self.observation.metric(metric) - self.constant.metric(metric)

    def explained(self, metric: str) -> float:
        """`gain` as a share of the model's own; NaN if the model has none."""
        own = self.model.metric(metric) - self.constant.metric(metric)
        return self.gain(metric) / own if own > 0 else float("nan")


def observation_baseline(
    trained: pd.DataFrame,
    observation: pd.Series,
    predictions: Predictions,
    *,
    cluster: str = "auto",
) -> ObservationBaseline:
    """Label images by their observation.

    Parameters
    ----------
    trained : DataFrame
        The training images: columns `observation` and `class_name`.
    observation : (n_images,) Series of str
        Of the images in `predictions`.
    predictions : Predictions
    cluster : str
        See `evaluate`.
    """
    names = list(predictions.class_names)
    counts = pd.crosstab(trained["observation"], trained["class_name"])
    counts = counts.reindex(columns=names, fill_value=0)
    majority = int(counts.sum().to_numpy().argmax())
    # Of classes that are equally frequent, the first counts.
    most = pd.Series(counts.to_numpy().argmax(axis=1), index=counts.index)
    most = most[(counts.index != "") & (counts.sum(axis=1) > 0)]
    guessed = observation.map(most)
    return ObservationBaseline(
        observation=_evaluated(
            predictions, guessed.fillna(majority).to_numpy(dtype=np.int64), cluster
        ),
        constant=_evaluated(
            predictions, np.full(len(predictions), majority, dtype=np.int64), cluster
        ),
        model=evaluate(replace(predictions, proba=None), cluster=cluster),
        majority=names[majority],
        n_known=int(guessed.notna().sum()),
    )


def _evaluated(
    predictions: Predictions, y_pred: np.ndarray, cluster: str
) -> Evaluation:
    return evaluate(replace(predictions, y_pred=y_pred, proba=None), cluster=cluster)
