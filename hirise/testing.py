"""For tests: fail where a classifier collapsed. Needs no pytest, only `assert`."""

from collections.abc import Iterable, Iterator
from typing import Any, Unpack

from hirise.diagnosis import FAIL_ON, Diagnosis, FailOn, Finding, diagnose
from hirise.diagnosis.calls import Arguments
from hirise.diagnosis.wording import one_line


def assert_healthy(
    source: Any = None,
    y_pred: Any = None,
    y_score: Any = None,
    *,
    fail_on: FailOn = "error",
    **arguments: Unpack[Arguments],
) -> Diagnosis:
    """Raise unless `hirise check` would pass a classifier.

    `assert_healthy(labels, model.predict(images))`, `assert_healthy("artifacts/<run>")`
    or `assert_healthy("predictions.csv")`.

    Parameters
    ----------
    source, y_pred, y_score, **arguments
        As in `hirise.diagnose`: true labels and predictions, or one source.
    fail_on : {"error", "warning", "never"}
        Least severity of a finding that fails.

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
    >>> assert_healthy(labels, ["a"] * 100)
    Traceback (most recent call last):
    AssertionError: Collapsed: ...
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    if fail_on not in FAIL_ON:
        raise ValueError(f"`fail_on` must be one of {tuple(FAIL_ON)}, got {fail_on!r}.")
    diagnosis = diagnose(source, y_pred, y_score, **arguments)
    if diagnosis.failing(fail_on):
        raise AssertionError(_message(diagnosis, diagnosis.failing(fail_on)))
    return diagnosis


def assert_not_collapsed(
    source: Any = None,
    y_pred: Any = None,
    y_score: Any = None,
    **arguments: Unpack[Arguments],
) -> Diagnosis:
    """Raise where a classifier has collapsed, partly too, or only guesses.

    Other errors, such as leakage, pass; `assert_healthy` fails for them too.

    Parameters
    ----------
    source, y_pred, y_score, **arguments
        As in `hirise.diagnose`: true labels and predictions, or one source.

    Returns
    -------
    Diagnosis
        For further assertions.

    Raises
    ------
    AssertionError
        The sentence of the verdict, and each error found.
    InputError
        What cannot be read or evaluated, saying what, where and how to mend it.

    Examples
    --------
    >>> labels = ["a"] * 60 + ["b"] * 40
    >>> assert_not_collapsed(labels, labels).verdict.key
    'healthy'
    >>> assert_not_collapsed(labels, ["a"] * 100)
    Traceback (most recent call last):
    AssertionError: Collapsed: ...
    """
    __tracebackhide__ = True
    diagnosis = diagnose(source, y_pred, y_score, **arguments)
    if diagnosis.verdict.failing:
        raise AssertionError(_message(diagnosis, diagnosis.failing("error")))
    return diagnosis


def _message(diagnosis: Diagnosis, findings: Iterable[Finding]) -> str:
    return "\n".join(map(one_line, _lines(diagnosis, findings)))


def _lines(diagnosis: Diagnosis, findings: Iterable[Finding]) -> Iterator[str]:
    yield diagnosis.sentence
    for finding in findings:
        sentences = f"{finding.title}: {finding.evidence} {finding.advice}"
        yield f"{finding.severity.upper()} {finding.code} {sentences}".rstrip()
