"""Effects of remedies without training on a run, through bounded caches.

Keyed by the run's stamp and shared by all sessions, which must not change them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.state.loaders import Stamp, load_diagnosis, load_evidence
from hirise.errors import InputError
from hirise.evaluation import evaluate
from hirise.evaluation.evaluation import Clusters, clusters_of
from hirise.remedies.confidence import Calibrated, calibrated
from hirise.remedies.cured_run import ground_of_run
from hirise.remedies.logit_adjustment import LogitAdjustment, TauLook, look_at_taus
from hirise.remedies.remedy import Ground, adjusted_labels
from hirise.remedies.thresholds import ThresholdRates, takes_long, threshold_rates
from hirise.runs import Run


def load_taus(run: Run, split: str) -> TauLook | str:
    """The effect of each τ of logit adjustment on `split`, or why there is none."""
    return _taus(run.stamp, split, run)


def load_tau_metrics(run: Run, split: str, tau: float) -> pd.DataFrame:
    """`Evaluation.summary` of the labels that this τ gives the images of `split`."""
    return _tau_metrics(run.stamp, split, tau, run)


def load_calibrated(run: Run, split: str) -> Calibrated | str:
    """How calibrated the confidence on `split` is, or why that is not known."""
    return _calibrated(run.stamp, split, run)


def load_threshold_rates(run: Run, split: str) -> ThresholdRates | str:
    """The effect of thresholds chosen on val on `split`, or why there are none."""
    return _threshold_rates(run.stamp, split, run)


def thresholds_take_long(run: Run, split: str) -> bool:
    """Whether they should be chosen only on demand."""
    return takes_long(_ground(run, split))


def _ground(run: Run, split: str) -> Ground:
    evidence, diagnosis = load_evidence(run, split), load_diagnosis(run, split)
    ground = ground_of_run(run, evidence, diagnosis, val_itself=True)
    return replace(ground, where="This run")


@st.cache_resource(max_entries=4, show_spinner=False)
def _clusters(stamp: Stamp, split: str, _run: Run) -> Clusters:
    """The groups that intervals resample, which takes long for a million names."""
    target = _ground(_run, split).target
    return clusters_of(target, np.flatnonzero(target.labelled), "auto")


@st.cache_resource(max_entries=8, show_spinner="Trying every τ …")
def _taus(stamp: Stamp, split: str, _run: Run) -> TauLook | str:
    try:
        return look_at_taus(_ground(_run, split))
    except InputError as error:
        return str(error)


@st.cache_data(max_entries=50, show_spinner=False)
def _tau_metrics(stamp: Stamp, split: str, tau: float, _run: Run) -> pd.DataFrame:
    ground = _ground(_run, split)
    adjustment = LogitAdjustment(tau).fit(ground).adjustment
    labels = replace(
        ground.target,
        y_pred=adjusted_labels(ground.target, adjustment),
        proba=None,
        image=None,
        group=None,
    )
    return evaluate(labels, cluster=_clusters(stamp, split, _run)).summary


@st.cache_resource(max_entries=12, show_spinner="Measuring …")
def _calibrated(stamp: Stamp, split: str, _run: Run) -> Calibrated | str:
    try:
        return calibrated(_ground(_run, split), cluster=_clusters(stamp, split, _run))
    except InputError as error:
        return str(error)


@st.cache_resource(max_entries=12, show_spinner="Choosing thresholds …")
def _threshold_rates(stamp: Stamp, split: str, _run: Run) -> ThresholdRates | str:
    try:
        clusters = _clusters(stamp, split, _run)
        return threshold_rates(_ground(_run, split), cluster=clusters)
    except InputError as error:
        return str(error)
