"""Logit adjustment to be looked at: every τ, and the one that val would choose."""

from __future__ import annotations

from dataclasses import dataclass

from hirise.errors import InputError
from hirise.remedies.logit_adjustment import LogitAdjustment, share_lift, shares_of
from hirise.remedies.remedy import Ground, varied_probabilities
from hirise.remedies.tau_steps import TauSteps, tau_steps


@dataclass(frozen=True)
class TauLook:
    """What each τ does to the target.

    Attributes
    ----------
    steps : TauSteps
    chosen : float, optional
        The τ that is best on val; None where val cannot tell.
    told : str
        How it was chosen, or why it could not be, in a sentence.
    on_val : bool
        The target is val itself, on which τ was chosen.
    """

    steps: TauSteps
    chosen: float | None
    told: str
    on_val: bool


def look_at_taus(ground: Ground) -> TauLook:
    """Count what each τ does to the target.

    Raises
    ------
    InputError
        No probabilities that tell images apart, or class shares that nobody knows.
    """
    varied_probabilities(ground.target, ground.where)
    try:
        shares = shares_of(ground)
    except InputError as error:
        raise InputError(
            f"{ground.where} does not tell how often each class was trained, and has "
            f"no val split with true labels either, so no τ can be tried."
        ) from error
    steps = tau_steps(ground.target, share_lift(shares))
    try:
        fitted = LogitAdjustment().fit(ground)
    except InputError as error:
        return TauLook(steps, None, str(error), on_val=False)
    chosen = float(str(fitted.parameters["tau"]))
    return TauLook(steps, chosen, fitted.told, on_val=ground.val is ground.target)
