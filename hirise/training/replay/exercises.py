"""The blog's exercises: what changed from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

from hirise.errors import InputError, nearest


@dataclass(frozen=True)
class Exercise:
    """One training of the blog's notebooks.

    Attributes
    ----------
    key : str
        What `--exercises` takes.
    what : str
        What was new in it, for people.
    calls_before : int
        How often the notebook had passed its list of labels to Keras before; each call
        shuffled the list once more.
    """

    key: str
    what: str
    batch_size: int = 32
    dropout: float = 0.0
    dense: tuple[int, ...] = (128,)
    learning_rate: float = 1e-3
    calls_before: int = 0

    @property
    def title(self) -> str:
        return "Final recipe" if self.key == "final" else f"Exercise {self.key}"


def exercises_named(text: str) -> tuple[Exercise, ...]:
    """The exercises in `text`, keys with commas between, in the blog's order.

    Raises
    ------
    InputError
        If there is none, or a key is unknown.
    """
    keys = [key.strip() for key in text.split(",") if key.strip()]
    known = [exercise.key for exercise in EXERCISES]
    for key in keys:
        if key not in known:
            hint = nearest(key, known)
            raise InputError(
                f"No exercise '{key}'.{hint} There are: {', '.join(known)}."
            )
    if not keys:
        raise InputError(f"--exercises names none. There are: {', '.join(known)}.")
    return tuple(exercise for exercise in EXERCISES if exercise.key in keys)


EXERCISES = (
    Exercise("1", "the first network"),
    Exercise("2a", "dropout .2", dropout=0.2),
    Exercise("2b", "dropout .4", dropout=0.4),
    Exercise("3", "dropout .5", dropout=0.5),
    Exercise("4a", "batches of 100", batch_size=100, dropout=0.5),
    Exercise(
        "4b",
        "batches of 75, in a later cell of the same notebook",
        batch_size=75,
        dropout=0.5,
        calls_before=2,
    ),
    Exercise(
        "4c",
        "batches of 50, in a still later cell",
        batch_size=50,
        dropout=0.5,
        calls_before=4,
    ),
    Exercise(
        "final",
        "what the tuner chose: learning rate .01 and three dense layers of 256",
        batch_size=75,
        dropout=0.2,
        dense=(256, 256, 256),
        learning_rate=0.01,
    ),
)
"""The blog lists changes: dropout .5 is taken to stay in exercises 4a to 4c."""
