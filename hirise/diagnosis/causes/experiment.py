"""An experiment that decides between causes, as it is declared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Need = Literal["predictions", "curves", "model", "images", "recipe"]

NEEDS: Mapping[Need, str] = {
    "predictions": "predictions with true labels",
    "curves": "training curves",
    "model": "the saved model",
    "images": "the images",
    "recipe": "the recipe of a training by `hirise train`",
}
"""What an experiment may need, for people."""


@dataclass(frozen=True)
class Experiment:
    """An experiment, and what each cause predicts of it.

    Attributes
    ----------
    key, title : str
    done : str
        What is done, for people.
    needs : tuple of str
    seconds : float
        That it takes on two cores, where the run does not tell better.
    outcomes : mapping
        Name of each outcome to what it says, for people.
    otherwise : tuple of float
        Probability of each outcome under every cause that is not in `expects`, and
        under a sound training.
    expects : mapping
        Probability of each outcome under the causes that this is about, by their key.
    decides : tuple of str
        The causes that it can confirm, since it tells them from their nearest rivals.
        What else it says only moves probabilities.
    """

    key: str
    title: str
    done: str
    needs: tuple[Need, ...]
    seconds: float
    outcomes: Mapping[str, str]
    otherwise: tuple[float, ...]
    expects: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    decides: tuple[str, ...] = ()

    def probability(self, outcome: str, cause: str) -> float:
        """That of an outcome under a cause.

        Examples
        --------
        >>> from hirise.diagnosis.causes.experiments import experiment_named
        >>> experiment_named("relabel").probability("restored", "class-order-permuted")
        0.97
        """
        row = self.expects.get(cause, self.otherwise)
        return row[list(self.outcomes).index(outcome)]

    def prediction(self, cause: str) -> str:
        """The outcome that a cause makes likeliest."""
        return max(self.outcomes, key=lambda name: self.probability(name, cause))
