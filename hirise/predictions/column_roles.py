"""Which column of a table of predictions has which role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from hirise.errors import InputError, nearest, parameter
from hirise.predictions.column_names import (
    RESERVED,
    ROLE_NAMES,
    image_rank,
    is_single_score,
    label_rank,
    mentions_labels,
    read_name,
    words_of,
)
from hirise.predictions.labels import listed
from hirise.predictions.score_columns import (
    SAMPLE,
    ScoreColumns,
    as_numbers,
    columns_by_stem,
    columns_of_labels,
    is_one_hot,
    is_score,
    is_two_sided,
    scores_of_images,
    unnamed_scores,
    with_other_classes,
)

_SPLITS = {
    "train", "training", "val", "valid", "validation", "test", "testing", "dev",
    "eval", "holdout", "all", "public", "private",
}  # fmt: skip
_MANY_NUMBERS = 20
"""Different numbers that are not whole, above which they are no classes."""


@dataclass(frozen=True)
class Roles:
    """What each column of a table is for.

    Attributes
    ----------
    columns : dict of role to column
        Of those in `RESERVED`.
    scores : ScoreColumns, optional
        A column per class.
    single : str
        One column of scores without a class; "" if there is none.
    true_columns : ScoreColumns, optional
        A column of 0 and 1 per class that tells the true class.
    notes : tuple of str
        How columns were understood by their names, and what is doubtful.
    """

    columns: dict[str, str] = field(default_factory=dict)
    scores: ScoreColumns | None = None
    single: str = ""
    true_columns: ScoreColumns | None = None
    notes: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, str]:
        """The roles of columns that are not called by them."""
        return {role: c for role, c in self.columns.items() if role != c}


def assign_roles(
    table: pd.DataFrame, given: Mapping[str, str], class_names: Iterable[str] = ()
) -> Roles:
    """Find the role of each column, by what is given, its name, then its content.

    Raises
    ------
    InputError
        Two columns that may both be the truth, or the prediction, and differ.

    Examples
    --------
    >>> table = pd.DataFrame({"File": ["a.jpg"], "Label": ["cat"], "pred": ["dog"]})
    >>> assign_roles(table, {}).columns
    {'y_pred': 'pred', 'y_true': 'Label', 'image': 'File'}
    """
    return _Assignment(table, given, tuple(class_names)).roles()


def check_given(table: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Refuse roles and columns that are unknown, or one column in two roles.

    Parameters
    ----------
    columns : mapping of role to column, such as `{"y_true": "label"}`
        A role given "" belongs to no column.

    Examples
    --------
    >>> check_given(pd.DataFrame({"label": []}), {"y_true": "lable"})
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: There is no column 'lable' for `y_true`. Did you mean
    'label'? There are 'label'.
    """
    known = [str(name) for name in table.columns]
    for role, column in columns.items():
        if role not in RESERVED:
            raise InputError(
                f"There is no role {role!r}.{nearest(role, RESERVED)}",
                how=f"A column can be one of {', '.join(RESERVED)}.",
            )
        if column and column not in known:
            raise InputError(
                f"There is no column {column!r} for `{role}`.{nearest(column, known)}",
                how=f"There are {', '.join(map(repr, known[:12]))}.",
            )
    taken = [column for column in columns.values() if column]
    if len(set(taken)) < len(taken):
        raise InputError(
            f"A column can have one role, but {', '.join(map(repr, taken))} were given."
        )


class _Assignment:
    """Columns of one table on their way to roles."""

    def __init__(
        self,
        table: pd.DataFrame,
        given: Mapping[str, str],
        class_names: tuple[str, ...],
    ) -> None:
        check_given(table, given)
        self.table = table
        self.given = given
        self.class_names = class_names
        self.names = [str(name) for name in table.columns]
        self.columns = {role: column for role, column in given.items() if column}
        self.none = {role for role, column in given.items() if not column}
        for role in RESERVED:
            free = role not in given and role not in self.columns.values()
            if role in self.names and free:
                self.columns[role] = role
        self.notes: list[str] = []
        self.single = ""
        self._sampled: dict[str, frozenset[str]] = {}

    def roles(self) -> Roles:
        """The roles of all columns."""
        groups = columns_by_stem(self.table, self._free())
        of_classes = {c for group in groups for c in group.columns}
        free = [name for name in self._free() if name not in of_classes]
        singles = [name for name in free if is_single_score(read_name(name))]
        self._find_labels(free, singles, scored=bool(groups))
        labels = self._labels()
        scores, true_columns = self._score_columns(labels)
        if scores is None and not self.single and singles:
            # Probabilities before logits, and the plainest name first.
            self.single = min(
                singles, key=lambda n: ("logit" in read_name(n).meanings, n != "proba")
            )
        self._find_names()
        self._doubt_truth([scores, true_columns])
        return Roles(
            dict(self.columns),
            scores,
            self.single if scores is None else "",
            true_columns,
            self._all_notes(scores, true_columns),
        )

    def _free(self) -> list[str]:
        replaced = {role for role in self.given if role in self.names}
        taken = set(self.columns.values()) | replaced
        return [name for name in self.names if name not in taken]

    def _is_open(self, role: str) -> bool:
        return role not in self.columns and role not in self.none

    def _find_labels(
        self, free: list[str], singles: list[str], *, scored: bool
    ) -> None:
        """The columns of true and predicted classes."""
        self._take_numbers_as_scores()
        ranked = {name: label_rank(name) for name in free}
        true = [(r[1], n) for n, r in ranked.items() if r and r[0] == "true"]
        pred = [(r[1], n) for n, r in ranked.items() if r and r[0] == "pred"]
        neutral = [(r[1], n) for n, r in ranked.items() if r and r[0] == "class"]
        pred = self._without_scores(pred)
        pred, true = _with_expected(pred, true)
        if self._is_open("y_true"):
            self._take("y_true", true)
            found = self.columns.get("y_true")
            if self._is_open("y_pred"):
                self._take("y_pred", pred)
            if found and "y_pred" in self.columns:
                del self.columns["y_true"]
                self._take("y_true", true)
        elif self._is_open("y_pred"):
            self._take("y_pred", pred)
        if not neutral:
            # Such as "Finding Labels": the only column that is called after labels.
            other = [name for name in free if mentions_labels(name)]
            neutral = [(1.0, name) for name in other[:1] if len(other) == 1]
            if not neutral or not self._has_prediction(scored, neutral):
                return
        if self._is_open("y_true") and self._has_prediction(scored, neutral):
            self._take("y_true", neutral)
        elif self._is_open("y_pred") and not scored and self._is_open("y_true"):
            self._take_alone(neutral, singles)

    def _take_numbers_as_scores(self) -> None:
        """`y_pred` that holds fractions is a score, not a label."""
        column = self.columns.get("y_pred", "")
        if (
            column
            and column not in self.given.values()
            and is_score(self.table[column])
        ):
            del self.columns["y_pred"]
            self.single = column

    def _without_scores(
        self, ranked: list[tuple[float, str]]
    ) -> list[tuple[float, str]]:
        kept = []
        for rank, name in ranked:
            if is_score(self.table[name]):
                self.single = self.single or name
            else:
                kept.append((rank, name))
        return kept

    def _has_prediction(self, scored: bool, neutral: list[tuple[float, str]]) -> bool:
        return bool(scored or self.single or "y_pred" in self.columns) or bool(
            self._bare_scores([n for _, n in neutral])
        )

    def _bare_scores(self, truths: list[str]) -> bool:
        """Whether columns are called as the labels of one of `truths`."""
        rest = [n for n in self._free() if n not in truths]
        return any(
            columns_of_labels(rest, self._values(name)) is not None
            or self._unnamed(rest) is not None
            for name in truths
        )

    def _take_alone(self, neutral: list[tuple[float, str]], singles: list[str]) -> None:
        """One column of labels and no prediction: a submission, or a confidence."""
        column = min(neutral)[1]
        score = next((name for name in singles if is_two_sided(self.table[name])), "")
        if score and len(self._values(column)) <= 2 and "y_true" not in self.none:
            self._take("y_true", neutral)
            self.single = score
            return
        if is_score(self.table[column]):
            self.single = column
            return
        self._take("y_pred", neutral)
        if self.columns.get("y_pred"):
            self.notes.append(
                f"{self.columns['y_pred']!r} was read as the prediction, since no "
                "other column holds one. If it is the true class, there are no "
                "predictions."
            )

    def _take(self, role: str, ranked: list[tuple[float, str]]) -> None:
        """Give `role` to the best of the columns, if they say the same."""
        # Alone, a name with other words may be a line of text: "Prediction: 0.97".
        most = 1 if len(self.names) == 1 else 99
        ranked = [(r, n) for r, n in ranked if r < most and self._may_be_labels(n)]
        if not ranked:
            return
        best = min(rank for rank, _ in ranked)
        first = [name for rank, name in ranked if int(rank) == int(best)]
        if len({_without_digits(name) for name in first}) == 1:
            first = [min(first, key=_first_number)]  # such as Top 1, Top 2
        for other in first[1:]:
            if not self._says_the_same(first[0], other):
                raise InputError(
                    f"Both {first[0]!r} and {other!r} could hold {ROLE_NAMES[role]}, "
                    "and they differ.",
                    how=f"Say which with {parameter('columns', f'{role}={first[0]}')}.",
                )
        self.columns[role] = self._best(role, first)

    def _best(self, role: str, same: list[str]) -> str:
        """Of columns that say the same, that which names classes as the other role."""
        other = self.columns.get("y_true" if role == "y_pred" else "y_pred")
        known = self._values(other) if other else frozenset(self.class_names)

        def order(name: str) -> tuple[bool, bool]:
            values = self._values(name)
            return (
                not (known & values) and bool(known),
                all(value.lstrip("-").isdigit() for value in values),
            )

        return min(same, key=order)

    def _may_be_labels(self, name: str) -> bool:
        """Whether a column is not all numbers that no class would be called."""
        column = self.table[name]
        if pd.api.types.is_bool_dtype(column) or not len(column):
            return True
        values = as_numbers(column.head(SAMPLE)).dropna()
        if len(values) < len(column.head(SAMPLE).dropna()):
            return True
        fractions = values[values != values.round()]
        return fractions.nunique() <= (_MANY_NUMBERS if values.min() >= 0 else 0)

    def _says_the_same(self, first: str, second: str) -> bool:
        """Whether two columns are one-to-one, such as names and ids."""
        pairs = self.table[[first, second]].dropna().astype("str").drop_duplicates()
        return bool(pairs[first].is_unique and pairs[second].is_unique)

    def _values(self, column: str) -> frozenset[str]:
        """The labels in the first rows of a column."""
        if column not in self._sampled:
            distinct = self.table[column].head(SAMPLE).dropna().map(str).unique()
            texts = (str(value).strip() for value in distinct)
            self._sampled[column] = frozenset(
                re.sub(r"\.0+$", "", t) for t in texts if t
            )
        return self._sampled[column]

    def _labels(self) -> frozenset[str]:
        """All labels of the columns that have them."""
        found: set[str] = set(self.class_names)
        for role in ("y_true", "y_pred"):
            if role in self.columns:
                column = self.table[self.columns[role]].dropna()
                if column.dtype == object and not column.map(np.isscalar).all():
                    continue  # lists, which are refused with their name
                texts = (str(value).strip() for value in column.unique())
                found |= {re.sub(r"\.0+$", "", text) for text in texts if text}
        return frozenset(found)

    def _score_columns(
        self, labels: frozenset[str]
    ) -> tuple[ScoreColumns | None, ScoreColumns | None]:
        """The columns of scores per class, and of true classes as 0 and 1."""
        free = self._free()
        marked = {name[2:]: name for name in free if name.startswith("p:")}
        if marked:
            return ScoreColumns("score", "p:", marked), None
        groups = columns_by_stem(self.table, free, labels)
        flags = [g for g in groups if g.kind in ("true", "class")]
        flags = [g for g in flags if is_one_hot(self.table[g.columns])]
        order = ("score", "pred", "class", "logit", "true")
        scores = sorted(
            (g for g in groups if g not in flags or g.kind == "class"),
            key=lambda g: (order.index(g.kind), -len(g.classes)),
        )
        true_columns = None
        if self._is_open("y_true") and flags:
            rest = [g for g in scores if g is not flags[0]]
            if rest or "y_pred" in self.columns:
                true_columns, scores = flags[0], rest
        bare = columns_of_labels(
            [n for n in free if true_columns is None or n not in true_columns.columns],
            labels,
        )
        if scores and (bare is None or len(scores[0].classes) >= len(bare.classes)):
            self._leave(scores[1:])
            return scores[0], true_columns
        found = None if bare is None else with_other_classes(self.table, bare, free)
        return found or self._unnamed(free, labels), true_columns

    def _leave(self, others: list[ScoreColumns]) -> None:
        for group in others:
            self.notes.append(
                f"A second set of scores was ignored: {listed(group.columns, 3)}."
            )

    def _unnamed(
        self, names: list[str], labels: Iterable[str] = ()
    ) -> ScoreColumns | None:
        """Columns of scores by their numbers, whatever they are called."""
        found = unnamed_scores(self.table, names, labels)
        if found is not None or labels or "y_pred" in self.columns or self.single:
            return found
        # Any numbers may stand beside each other; those of images are scores.
        has_images = any(1 <= image_rank(name) <= 2 for name in self.names)
        if not has_images and "image" not in self.columns:
            return None
        return scores_of_images(self.table, names)

    def _find_names(self) -> None:
        free = [n for n in self._free() if n != self.single]
        if self._is_open("image"):
            ranked = sorted(
                (r, i, n) for i, n in enumerate(free) if (r := image_rank(n))
            )
            for rank, _, name in ranked:
                # An `id` or a `name` may be that of something else than the image.
                if rank <= 2 or self._is_key(name):
                    self.columns["image"] = name
                    break
        for role, fits in (("split", self._is_split), ("group", self._is_group)):
            found = next((n for n in free if fits(n)), "")
            if found and self._is_open(role):
                self.columns[role] = found

    def _is_key(self, name: str) -> bool:
        column = self.table[name]
        return bool(column.notna().all() and column.map(str).is_unique)

    def _is_split(self, name: str) -> bool:
        read = read_name(name)
        words = set(words_of(name))
        if read.meanings != {"split"} and words != {"set"}:
            return False
        return {value.lower() for value in self._values(name)} <= _SPLITS

    def _is_group(self, name: str) -> bool:
        read = read_name(name)
        if "group" not in read.meanings or not read.meanings <= {"group", "number"}:
            return False
        column = self.table[name]
        filled = column.notna().all() and (column.map(str) != "").all()
        return bool(not read.unknown and filled)

    def _doubt_truth(self, groups: list[ScoreColumns | None]) -> None:
        """Say which other columns look like a truth or a prediction."""
        taken = {column for group in groups if group for column in group.columns}
        for role, kind in (("y_true", "true"), ("y_pred", "pred")):
            used = self.columns.get(role)
            for name in self._free():
                rank = label_rank(name)
                if not rank or rank[0] != kind or name in taken or name == self.single:
                    continue
                if used and self._says_the_same(used, name):
                    continue
                instead = f"{used!r} was used" if used else "it was not used"
                self.notes.append(
                    f"{name!r} also looks like {ROLE_NAMES[role]}, but {instead}."
                )

    def _all_notes(
        self, scores: ScoreColumns | None, true_columns: ScoreColumns | None
    ) -> tuple[str, ...]:
        found = {
            role: column
            for role, column in self.columns.items()
            if column != role and role not in self.given
        }
        notes = list(self.notes)
        if found:
            pairs = [f"{c!r} as {ROLE_NAMES[role]}" for role, c in found.items()]
            notes.insert(
                0, f"Columns were understood by their names: {', '.join(pairs)}."
            )
        used = {*self.columns.values(), self.single}
        for group in (scores, true_columns):
            used |= set(group.columns) if group else set()
        aside = [n for n in self.names if n not in used]
        if aside:
            notes.append(f"Columns ignored: {', '.join(aside)}.")
        return tuple(notes)


def _with_expected(
    pred: list[tuple[float, str]], true: list[tuple[float, str]]
) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Beside an expected label and no predicted one, the actual is predicted."""
    expected = [one for one in true if "expected" in words_of(one[1])]
    actual = [one for one in true if "actual" in words_of(one[1])]
    return (actual, expected) if expected and actual and not pred else (pred, true)


def _without_digits(name: str) -> str:
    return re.sub(r"\d+", "", name)


def _first_number(name: str) -> int:
    found = re.search(r"\d+", name)
    return int(found[0]) if found else -1
