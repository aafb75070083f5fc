"""Effects of remedies without training on a run, through bounded caches.

Keyed by the run's stamp and shared by all sessions, which must not change them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.state.loaders import Stamp, load_diagnosis, load_evidence
from hirise.errors import InputError, Refusal
from hirise.evaluation import evaluate
from hirise.evaluation.evaluation import Clusters, clusters_of
from hirise.remedies.adjustment import adjusted_labels
from hirise.remedies.confidence import Calibrated, calibrate
from hirise.remedies.cured_run import fit_data_of
from hirise.remedies.logit_adjustment import LogitAdjustment, TauChoice, explore_taus
from hirise.remedies.remedy import FitData
from hirise.remedies.thresholds import ThresholdRates, is_slow, threshold_rates
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
    return is_slow(_fit_data(run, split))


def _fit_data(run: Run, split: str) -> FitData:
    evidence, diagnosis = load_evidence(run, split), load_diagnosis(run, split)
    data = fit_data_of(run, evidence, diagnosis, val_itself=True)
    return replace(data, where="This run")


@st.cache_resource(max_entries=4, show_spinner=False)
def _clusters(stamp: Stamp, split: str, _run: Run) -> Clusters:
    """The groups that intervals resample, which takes long for a million names."""
    target = _fit_data(_run, split).target
    return clusters_of(target, np.flatnonzero(target.labelled), "auto")


@st.cache_resource(max_entries=8, show_spinner="Trying every τ …")
def _taus(stamp: Stamp, split: str, _run: Run) -> TauChoice | Refusal:
    try:
        return explore_taus(_fit_data(_run, split))
    except InputError as error:
        return error.refusal


@st.cache_data(max_entries=50, show_spinner=False)
def _tau_metrics(stamp: Stamp, split: str, tau: float, _run: Run) -> pd.DataFrame:
    data = _fit_data(_run, split)
    adjustment = LogitAdjustment(tau).fit(data).adjustment
    labels = replace(
        data.target,
        y_pred=adjusted_labels(data.target, adjustment),
        # These probabilities are not those of this τ, and are not needed.
        proba=None,
        image=None,
        group=None,
    )
    return evaluate(labels, cluster=_clusters(stamp, split, _run)).summary


@st.cache_resource(max_entries=12, show_spinner="Evaluating …")
def _calibrated(stamp: Stamp, split: str, _run: Run) -> Calibrated | Refusal:
    try:
        return calibrate(_fit_data(_run, split), cluster=_clusters(stamp, split, _run))
    except InputError as error:
        return error.refusal


@st.cache_resource(max_entries=12, show_spinner="Choosing thresholds …")
def _threshold_rates(stamp: Stamp, split: str, _run: Run) -> ThresholdRates | Refusal:
    try:
        clusters = _clusters(stamp, split, _run)
        return threshold_rates(_fit_data(_run, split), cluster=clusters)
    except InputError as error:
        return error.refusal
