"""Effects of remedies without training on a run, through bounded caches.

Keyed by the run's stamp and shared by all sessions, which must not change them.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.state.loaders import Stamp, check_again
from hirise.actions.explore import Explored, ExploreRequest, explore
from hirise.errors import InputError, Refusal
from hirise.remedies.confidence import Calibrated
from hirise.remedies.logit_adjustment import TauChoice
from hirise.remedies.thresholds import ThresholdRates
from hirise.runs import Run


def load_taus(run: Run, split: str) -> TauChoice | Refusal:
    """The effect of each τ of logit adjustment on `split`, or why there is none."""
    return _taus(run.stamp, split, run)


def load_tau_metrics(run: Run, split: str, tau: float) -> pd.DataFrame:
    """`Evaluation.summary` of the labels that this τ gives the images of `split`."""
    return _tau_metrics(run.stamp, split, tau, run)


def load_calibrated(run: Run, split: str) -> Calibrated | Refusal:
    """How calibrated the confidence on `split` is, or why that is not known."""
    return _calibrated(run.stamp, split, run)


def load_threshold_rates(run: Run, split: str) -> ThresholdRates | Refusal:
    """The effect of thresholds chosen on val on `split`, or why there are none."""
    return _threshold_rates(run.stamp, split, run)


def thresholds_take_long(run: Run, split: str) -> bool:
    """Whether they should be chosen only on demand."""
    return _explored(run.stamp, split, run).thresholds_take_long


# Kept for its groups, which take long for a million names.
@st.cache_resource(max_entries=4, show_spinner=False)
def _explored(stamp: Stamp, split: str, _run: Run) -> Explored:
    return explore(ExploreRequest(_run, split=split), check=check_again)


@st.cache_resource(max_entries=8, show_spinner="Trying every τ …")
def _taus(stamp: Stamp, split: str, _run: Run) -> TauChoice | Refusal:
    try:
        return _explored(stamp, split, _run).taus()
    except InputError as error:
        return error.refusal


@st.cache_data(max_entries=50, show_spinner=False)
def _tau_metrics(stamp: Stamp, split: str, tau: float, _run: Run) -> pd.DataFrame:
    return _explored(stamp, split, _run).at_tau(tau).summary


@st.cache_resource(max_entries=12, show_spinner="Evaluating …")
def _calibrated(stamp: Stamp, split: str, _run: Run) -> Calibrated | Refusal:
    try:
        return _explored(stamp, split, _run).calibrated()
    except InputError as error:
        return error.refusal


@st.cache_resource(max_entries=12, show_spinner="Choosing thresholds …")
def _threshold_rates(stamp: Stamp, split: str, _run: Run) -> ThresholdRates | Refusal:
    try:
        return _explored(stamp, split, _run).thresholds()
    except InputError as error:
        return error.refusal
