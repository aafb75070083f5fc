"""Which columns hold the scores of which class, by their names and the labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from hirise.predictions.column_names import folded, meaning_of, read_name, words_of

Kind = Literal["score", "pred", "class", "true", "logit"]

_ABOUT_SCORES = ("score", "logit", "pred", "true", "class", "filler")
_NOT_CLASSES = {
    "class",
    "image",
    "number",
    "score",
    "logit",
    "measure",
    "pred",
    "group",
}
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CJK_WORDS = re.compile(
    "(预测|預測|予測|真实|真值|正解|概率|置信度|分数|得分|確率|信頼度|確信度|スコア)"
)
SAMPLE = 10_000
"""Rows whose values tell what a column holds."""

MOST_NAMED = 4_000
"""Columns and labels that are compared with each other, at most."""


@dataclass(frozen=True)
class ScoreColumns:
    """Columns that are named after classes in one way.

    Attributes
    ----------
    kind : {"score", "pred", "class", "true", "logit"}
        What the words beside the class say.
    stem : str
        These words as they are written.
    classes : dict of class to column
        In the order of the table.
    """

    kind: Kind
    stem: str
    classes: dict[str, str]

    @property
    def columns(self) -> list[str]:
        """The columns, in the order of the table."""
        return list(self.classes.values())

    @property
    def is_numbered(self) -> bool:
        """Whether the classes are numbered 0, 1, … or 1, 2, …."""
        numbers = sorted(int(c) for c in self.classes if re.fullmatch(r"\d{1,9}", c))
        n = len(self.classes)
        return len(numbers) == n and numbers in (
            list(range(n)),
            list(range(1, n + 1)),
        )


def columns_by_stem(
    table: pd.DataFrame, names: Iterable[str], labels: Collection[str] = ()
) -> list[ScoreColumns]:
    """Sets of columns such as `prob_cat` and `prob_dog`, or `P(cat)` and `P(dog)`.

    Examples
    --------
    >>> table = pd.DataFrame({"prob_cat": [0.9], "prob_dog": [0.1], "prob_max": [0.9]})
    >>> [group.classes for group in columns_by_stem(table, table)]
    [{'cat': 'prob_cat', 'dog': 'prob_dog'}]
    """
    known = {folded(label) for label in labels}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        for stem, rest in _stems(name):
            if _is_class(rest, known):
                found.setdefault((_marked(stem), _kind(stem)), {}).setdefault(
                    rest, name
                )
    groups = [
        ScoreColumns(kind, stem, classes)  # type: ignore[arg-type]
        for (stem, kind), classes in found.items()
        if len(classes) > 1 and _holds_scores(table, kind, list(classes.values()))
    ]

    # The stem that most columns have; of these, where classes are labels, the longest.
    def rank(group: ScoreColumns) -> tuple[int, int, int]:
        of_labels = sum(folded(name) in known for name in group.classes)
        return (-of_labels, -len(group.classes), -len(group.stem))

    return _without_overlap(sorted(groups, key=rank))


def _without_overlap(groups: list[ScoreColumns]) -> list[ScoreColumns]:
    taken: set[str] = set()
    kept = []
    for group in groups:
        if not taken & set(group.columns):
            kept.append(group)
            taken |= set(group.columns)
    return kept


def _marked(stem: tuple[str, bool]) -> str:
    return f"{stem[0]}…" if stem[1] else f"…{stem[0]}"


def _stems(name: str) -> Iterator[tuple[tuple[str, bool], str]]:
    """Ways to part a name in words about scores, first or last, and the rest."""
    cuts = _cuts(name)
    for i in range(1, len(cuts)):
        start, end = cuts[i][0], cuts[i - 1][1]
        if not _is_about_scores(name[cuts[i - 1][0] : end]):
            break
        stem, rest = name[:start], name[start:]
        if stem[-1:] in "([{" and rest[-1:] in ")]}":
            rest = rest[:-1]
        yield (stem, True), rest.strip()
    for i in range(len(cuts) - 1, 0, -1):
        if not _is_about_scores(name[cuts[i][0] : cuts[i][1]]):
            break
        end = cuts[i - 1][1]
        yield (name[end:], False), name[:end].strip(" (")


def _cuts(name: str) -> list[tuple[int, int]]:
    """Start and end of each word."""
    cuts = []
    for match in _WORD.finditer(name):
        start = match.start()
        parts = [p for w in _CAMEL.split(match[0]) for p in _CJK_WORDS.split(w) if p]
        for part in parts:
            cuts.append((start, start + len(part)))
            start += len(part)
    return cuts


def _is_about_scores(word: str) -> bool:
    parts = [meaning_of(part) for part in words_of(word)]
    return bool(parts) and all(part in _ABOUT_SCORES for part in parts)


def _kind(stem: tuple[str, bool]) -> str:
    meanings = read_name(stem[0]).meanings
    order = ("logit", "score", "pred", "true", "class")
    return next((kind for kind in order if kind in meanings), "")


def _is_class(rest: str, labels: set[str]) -> bool:
    """Whether what is left of a name may be a class, not `max` or `label`."""
    if not rest:
        return False
    if folded(rest) in labels:
        return True
    name = read_name(rest)
    if name.fillers and all(word.isdigit() for word in name.unknown):
        return False  # such as the confidences of "Top 1" and "Top 2"
    return bool(name.unknown) or not (name.meanings & _NOT_CLASSES or name.fillers)


def _holds_scores(table: pd.DataFrame, kind: str, columns: list[str]) -> bool:
    """Whether the numbers fit what the names say."""
    if kind in ("score", "logit"):
        return True
    if not kind or not all(map(pd.api.types.is_numeric_dtype, table[columns].dtypes)):
        return False
    return kind == "true" or is_one_hot(table[columns]) or not are_whole(table[columns])


def are_whole(table: pd.DataFrame) -> bool:
    """Whether all numbers are whole, as ids and counts are.

    Examples
    --------
    >>> are_whole(pd.DataFrame({"a": [1.0, 2.0]}))
    True
    """
    values = table.to_numpy(dtype=float, na_value=np.nan)
    values = values[np.isfinite(values)]
    return bool((values == values.round()).all())


def is_one_hot(table: pd.DataFrame) -> bool:
    """Whether all numbers are 0 or 1, each row with at least a 1 somewhere.

    Examples
    --------
    >>> is_one_hot(pd.DataFrame({"a": [0, 1], "b": [1, 1]}))
    True
    """
    values = table.to_numpy(dtype=float, na_value=np.nan)
    return bool(((values == 0) | (values == 1)).all() and values.any())


def columns_of_labels(
    names: Iterable[str], labels: Collection[str]
) -> ScoreColumns | None:
    """The columns that are named after labels, with one thing before or after each.

    Case, blanks and dashes make no difference.

    Examples
    --------
    >>> found = columns_of_labels(["resnet cat", "resnet dog", "width"], ["Cat", "dog"])
    >>> found.classes
    {'Cat': 'resnet cat', 'dog': 'resnet dog'}
    """
    by_fold = {folded(label): label for label in labels}
    if len(by_fold) < len(set(labels)):
        return None
    affixes: dict[tuple[str, bool], dict[str, str]] = {}
    every = list(names)
    if len(every) * len(by_fold) > MOST_NAMED**2:
        return None
    for name in every:
        plain_name = folded(name)
        for key, label in by_fold.items():
            if plain_name.endswith(key):
                first = plain_name[: len(plain_name) - len(key)]
                affixes.setdefault((first, True), {}).setdefault(label, name)
            elif plain_name.startswith(key):
                affixes.setdefault((plain_name[len(key) :], False), {}).setdefault(
                    label, name
                )
    # Short labels and ids end the names of other columns too, such as x0 and x1.
    distinct = all(len(key) > 1 and not key.isdigit() for key in by_fold)
    complete = [
        (affix, classes)
        for affix, classes in affixes.items()
        if affix[0] == "" or (distinct and 1 < len(classes) == len(by_fold))
    ]
    if not complete:
        return None
    affix, classes = max(complete, key=lambda one: (len(one[1]), -len(one[0][0])))
    in_order = {label: n for n in every for label, c in classes.items() if c == n}
    return ScoreColumns("score", affix[0], in_order)


def with_other_classes(
    table: pd.DataFrame, bare: ScoreColumns, names: Iterable[str]
) -> ScoreColumns | None:
    """Columns of labels, and those of classes that are no label here.

    Where all numeric columns sum to 1, all of them are classes.

    Examples
    --------
    >>> table = pd.DataFrame({"cat": [0.7, 0.2], "dog": [0.2, 0.7], "emu": [0.1, 0.1]})
    >>> found = with_other_classes(table, columns_of_labels(table, ["cat"]), table)
    >>> found.columns
    ['cat', 'dog', 'emu']
    """
    if bare.stem:
        return bare
    by_column = {column: name for name, column in bare.classes.items()}
    numeric = [n for n in names if n in by_column or _is_number(table, n)]
    if not sums_to_one(table[numeric]):
        if len(by_column) > 1:
            return bare
        numeric = [n for n in numeric if n in by_column or not read_name(n).meanings]
    if len(numeric) < 2:
        return None
    classes = {by_column.get(n, n.strip()): n for n in numeric}
    return ScoreColumns("score", "", classes)


def unnamed_scores(
    table: pd.DataFrame, names: Iterable[str], labels: Iterable[str] = ()
) -> ScoreColumns | None:
    """Columns of numbers that sum to 1, or whose names alone are numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"0": [2.5, -0.5], "1": [0.5, 1.5], "width": [30, 40]})
    >>> unnamed_scores(table, table).columns
    ['0', '1']
    """
    numeric = [name for name in names if _is_number(table, name)]
    unlike = [name for name in numeric if not read_name(name).meanings]
    chosen = numeric if len(unlike) < 2 or sums_to_one(table[numeric]) else unlike
    if len(chosen) < 2:
        return None
    group = ScoreColumns("score", "", {name.strip(): name for name in chosen})
    ids = {str(i) for i in range(len(chosen) + 1)}
    if sums_to_one(table[chosen]):
        named = not labels or set(labels) <= ids or group.is_numbered
        return group if named else None
    return group if group.is_numbered and not are_whole(table[chosen]) else None


def scores_of_images(table: pd.DataFrame, names: Iterable[str]) -> ScoreColumns | None:
    """Numbers of no other meaning, finite in every row and not all whole.

    Examples
    --------
    >>> table = pd.DataFrame({"cat": [2.5, -0.5], "dog": [0.5, 1.5], "width": [30, 40]})
    >>> scores_of_images(table, table).columns
    ['cat', 'dog']
    """
    unlike = [n for n in names if _is_number(table, n) and not read_name(n).meanings]
    if len(unlike) < 2:
        return None
    values = table[unlike].to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all() or are_whole(table[unlike]):
        return None
    return ScoreColumns("score", "", {name.strip(): name for name in unlike})


def _is_number(table: pd.DataFrame, name: str) -> bool:
    kind = table[name].dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def is_score(column: pd.Series) -> bool:
    """Whether a column holds numbers from 0 to 1 that are not whole.

    Examples
    --------
    >>> is_score(pd.Series([0.1, 0.9, 0.4])), is_score(pd.Series([0, 1, 2]))
    (True, False)
    """
    values = as_numbers(column.head(SAMPLE))
    filled = values.dropna()
    if values.isna().any() or filled.empty or filled.nunique() < 3:
        return False
    return bool(filled.between(0, 1).all() and not are_whole(filled.to_frame()))


def is_two_sided(column: pd.Series) -> bool:
    """Whether a score goes below one half, unlike a confidence of two classes.

    Examples
    --------
    >>> is_two_sided(pd.Series([0.2, 0.9])), is_two_sided(pd.Series([0.6, 0.9]))
    (True, False)
    """
    return bool(as_numbers(column).min() < 0.5 - 1e-6)


def as_numbers(column: pd.Series) -> pd.Series:
    """A column as numbers, missing where it holds something else.

    Examples
    --------
    >>> as_numbers(pd.Series(["1", "x", None])).tolist()
    [1.0, nan, nan]
    """
    if column.dtype == object:
        column = column.map(lambda value: value if np.isscalar(value) else None)
    return pd.to_numeric(column, errors="coerce")


def sums_to_one(table: pd.DataFrame) -> bool:
    """Whether most rows of numbers sum to 1.

    Examples
    --------
    >>> sums_to_one(pd.DataFrame({"a": [0.2, 0.5], "b": [0.8, 0.5]}))
    True
    """
    with np.errstate(over="ignore", invalid="ignore"):
        sums = table.apply(pd.to_numeric, errors="coerce").to_numpy(float).sum(axis=1)
    return len(sums) > 0 and bool(np.median(np.abs(sums - 1)) < 1e-3)
