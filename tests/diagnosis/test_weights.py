"""Weights of signs: by hand, and the table that ships."""

import csv
import re
from importlib.resources import files
from pathlib import Path

import pytest

from hirise.diagnosis.causes.catalogue import CAUSES
from hirise.diagnosis.causes.signs import SIGNS
from hirise.diagnosis.causes.weights import Weights, fitted, prior
from hirise.remedies import registry

DOCS = Path(__file__).resolve().parents[2] / "docs" / "causes.md"
KEYS = {sign.key for sign in SIGNS}
ADVICE = {"repaired-labels", "fit-last-layer", "rescale-input", "split-by-group"}
"""Remedies that nothing here can apply."""


def test_the_posterior_is_that_of_bayes():
    """Odds of 2:1 before; a sign that is ten times likelier under the second."""
    weights = Weights(
        {"none": 3.0103, "other": 0.0}, {"other": {"poor": (10, -10)}}, {}
    )
    assert weights.posterior({})["none"] == pytest.approx(2 / 3, abs=1e-4)
    assert weights.posterior({"poor": True})["other"] == pytest.approx(
        10 / 12, abs=1e-4
    )
    assert weights.posterior({"poor": False})["other"] == pytest.approx(
        1 / 21, abs=1e-4
    )
    assert weights.posterior({"poor": None}) == weights.posterior({})


def test_of_a_group_the_strongest_sign_counts_alone():
    table = {"none": {"learned": (4, -2), "poor": (-9, 3)}}
    weights = Weights({"none": 0.0}, table, {})
    assert weights.contributions("none", {"learned": False, "poor": True}) == {
        "poor": -9
    }


def test_a_cause_without_any_of_its_defining_signs_is_unlikely():
    weights = fitted()
    cause = "input-badly-scaled"
    absent = dict.fromkeys(
        ("HR503", "input-narrow", "input-wide", "input-without-spread"), False
    )
    without = weights.posterior(absent)[cause]
    with_one = weights.posterior(absent | {"input-narrow": True})[cause]
    assert without < weights.posterior({})[cause] < with_one
    assert sum(weights.contributions(cause, absent).values()) <= -12


def test_priors_sum_to_one():
    assert sum(10 ** (decibans / 10) for decibans in prior().values()) == pytest.approx(
        1
    )


def test_the_table_is_about_signs_and_causes_that_exist():
    text = files("hirise.diagnosis.causes").joinpath("weights.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    causes = {cause.key for cause in CAUSES} | {"none"}
    assert {row["cause"] for row in rows} <= causes
    assert {row["sign"] for row in rows} <= KEYS | {""}
    pairs = [(row["cause"], row["sign"]) for row in rows]
    assert len(set(pairs)) == len(pairs)


def test_causes_name_signs_and_remedies_that_exist():
    remedies = {remedy.key for remedy in registry.REMEDIES}
    remedies |= {key for cause in CAUSES for key in cause.remedies if key in ADVICE}
    for cause in CAUSES:
        named = (
            *(cause.defined_by, cause.proven_by),
            *(cause.excluded_by, cause.doubted_without),
        )
        assert {key for group in named for key in group} <= KEYS, cause.key
        assert set(cause.remedies) <= remedies, cause.key
        assert cause.experiment.endswith(".")


def test_each_cause_has_a_section_with_its_experiment_and_its_cure():
    sections = re.split(r"(?m)^### ", DOCS.read_text("utf-8"))[1:]
    headings = [section.splitlines()[0] for section in sections]
    assert headings == [f"`{cause.key}` {cause.title}" for cause in CAUSES]
    for section, cause in zip(sections, CAUSES, strict=True):
        text = " ".join(section.split())
        assert cause.experiment in text, cause.key
        for key in (*cause.remedies, *cause.defined_by):
            assert f"`{key}`" in text, (cause.key, key)


def test_what_proves_a_cause_leaves_no_room_for_none():
    weights = fitted()
    copies = {"HR102": True, "failing": False, "learned": True}
    assert weights.contributions("none", copies)["HR102"] == -30
    posterior = weights.posterior(copies)
    assert posterior["split-leaks"] > 0.9 > 0.1 > posterior["none"]
