"""For tests: fail where a classifier collapsed. Needs no pytest, only `assert`."""

from collections.abc import Iterator
from typing import Any, Unpack

from hirise.diagnosis import FAIL_ON, Diagnosis, Evidence, FailOn, Source, diagnose
from hirise.diagnosis.sources import Options
from hirise.diagnosis.wording import one_line


def assert_healthy(
    source: Evidence | Source | None = None,
    *,
    y_true: Any = None,
    y_pred: Any = None,
    proba: Any = None,
    fail_on: FailOn = "error",
    **options: Unpack[Options],
) -> Diagnosis:
    """Raise unless `hirise check` would pass a classifier.

    `assert_healthy("artifacts/<run>")`, `assert_healthy("predictions.csv")` or, from
    arrays, `assert_healthy(y_true=labels, proba=model.predict(images))`.

    Parameters
    ----------
    source : Run, Predictions, DataFrame, mapping, path, or Evidence, optional
        What `hirise.diagnose` takes; instead of arrays.
    y_true, y_pred : (n_images,) array-like, optional
        Labels: ids, names, or one-hot rows. `y_pred` may be left out beside `proba`.
    proba : (n_images, n_classes) array-like, optional
        Probabilities (logits, with `logits=True`), or (n_images,) for two classes.
    fail_on : {"error", "warning", "never"}
        Least severity of a finding that fails.
    **options
        Those of `hirise.evidence_of`: `split`, `cluster`, `logits`, `class_names`,
        `columns`, `training_shares`, `data`, `artifacts`.

    Returns
    -------
    Diagnosis
        For further assertions. Too few images pass with the verdict `undetermined`,
        and a `weak` classifier passes with `fail_on="error"`. To refuse these too,
        assert that `.verdict.key == "healthy"`.

    Raises
    ------
    AssertionError
        The sentence of the verdict, and each finding at or above `fail_on`.
    InputError
        What cannot be read or evaluated, saying what, where and how to mend it.

    Examples
    --------
    >>> labels = ["a"] * 60 + ["b"] * 40
    >>> assert_healthy(y_true=labels, y_pred=["a"] * 100)
    Traceback (most recent call last):
    AssertionError: Collapsed: ...
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    if fail_on not in FAIL_ON:
        raise ValueError(f"`fail_on` must be one of {tuple(FAIL_ON)}, got {fail_on!r}.")
    arrays = {"y_true": y_true, "y_pred": y_pred, "proba": proba}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    if (source is None) == (not arrays):
        raise TypeError(
            "Give one of `source` and arrays (`y_true`, `y_pred`, `proba`), such as "
            "assert_healthy(y_true=labels, proba=model.predict(images))."
        )
    diagnosis = diagnose(arrays if source is None else source, **options)
    if diagnosis.failing(fail_on):
        raise AssertionError("\n".join(map(one_line, _lines(diagnosis, fail_on))))
    return diagnosis


def _lines(diagnosis: Diagnosis, fail_on: FailOn) -> Iterator[str]:
    yield diagnosis.sentence
    for finding in diagnosis.failing(fail_on):
        sentences = f"{finding.title}: {finding.evidence} {finding.advice}"
        yield f"{finding.severity.upper()} {finding.code} {sentences}".rstrip()
