"""Findings and causes with their remedies, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hirise.diagnosis import Cause, Diagnosis, Finding
from hirise.diagnosis.checks import CHECKS
from hirise.remedies import REMEDIES
from hirise.remedies.alone import ALONE
from hirise.remedies.training import TRAINING_REMEDIES

TITLES = {check.code: check.title for check in CHECKS}


@dataclass(frozen=True)
class Advised:
    """A remedy: its key, what it is called, and what it does.

    `effect` is "" for one that is carried out by hand.
    """

    key: str
    title: str
    effect: str = ""


@dataclass(frozen=True)
class Sign:
    """A check for or against a cause; one that demands it may not have found it."""

    code: str
    title: str
    found: bool


@dataclass(frozen=True)
class Explained:
    """A cause with its signs and remedies in words."""

    cause: Cause
    speaks_for: tuple[Sign, ...]
    speaks_against: tuple[Sign, ...]
    remedies: tuple[Advised, ...]


@dataclass(frozen=True)
class Told:
    """A finding with its remedies in words."""

    finding: Finding
    remedies: tuple[Advised, ...]


def explained(diagnosis: Diagnosis) -> tuple[Explained, ...]:
    """The causes, the likeliest first."""
    return tuple(
        Explained(
            cause,
            _signs(cause.for_, diagnosis),
            _signs(cause.against, diagnosis),
            advised(cause.remedies),
        )
        for cause in diagnosis.causes
    )


def told(diagnosis: Diagnosis) -> tuple[Told, ...]:
    """The findings, errors first."""
    return tuple(Told(one, advised(one.remedies)) for one in diagnosis.findings)


def advised(keys: Sequence[str]) -> tuple[Advised, ...]:
    """Remedies by their keys."""
    known = {
        **{one.key: Advised(one.key, one.title, one.effect) for one in REMEDIES},
        **{one.key: Advised(one.key, one.title, one.effect) for one in ALONE},
        **{
            one.key: Advised(one.key, one.title, one.effect)
            for one in TRAINING_REMEDIES
        },
    }
    by_hand = {key: Advised(key, key.replace("-", " ").capitalize()) for key in keys}
    return tuple({**by_hand, **known}[key] for key in keys)


def _signs(codes: Sequence[str], diagnosis: Diagnosis) -> tuple[Sign, ...]:
    return tuple(
        Sign(code, TITLES.get(code, code), code not in diagnosis.passed)
        for code in codes
    )
