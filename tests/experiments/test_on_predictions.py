"""Experiments that need predictions alone, on predictions with one planted fault."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hirise.actions.check import CheckRequest, check
from hirise.actions.import_ import ImportRequest, import_
from hirise.diagnosis.causes.experiments import EXPERIMENTS
from hirise.errors import InputError
from hirise.experiments.examination import examine
from hirise.experiments.materials import Materials
from hirise.experiments.relabelling import rejoin, relabel
from hirise.experiments.rescoring import adjust_logits, without_leaks
from hirise.experiments.running import RUNNERS, feasible

NAMES = np.array(["crater", "dune", "other", "spider"])


def make_table(n: int = 240, *, accuracy: float = 0.9, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 4, n)
    wrong = random.random(n) > accuracy
    predicted = np.where(wrong, random.integers(0, 4, n), truth)
    images = [f"images/{i:04d}.png" for i in range(n)]
    return pd.DataFrame(
        {"image": images, "y_true": NAMES[truth], "y_pred": NAMES[predicted]}
    )


@pytest.fixture
def make_materials(tmp_path):
    def make(table: pd.DataFrame) -> Materials:
        path = tmp_path / "predictions.csv"
        table.to_csv(path, index=False)
        run = import_(ImportRequest(path, artifacts=tmp_path / "runs"))
        checked = check(CheckRequest(run))
        return Materials(run, checked.evidence, checked.diagnosis)

    return make


def test_permuted_classes_are_restored_on_the_half_that_did_not_choose(make_materials):
    table = make_table()
    turned = {"crater": "dune", "dune": "other", "other": "spider", "spider": "crater"}
    table["y_pred"] = table["y_pred"].map(turned)
    observation = relabel(make_materials(table))
    assert observation.outcome == "restored"
    assert observation.numbers["kappa_after"] > 0.8
    assert observation.numbers["n_renamed"] == 4


@pytest.mark.parametrize("accuracy", [0.25, 0.9])
def test_no_other_class_order_is_better_than_that_of_a_sound_or_useless_model(
    make_materials, accuracy
):
    assert relabel(make_materials(make_table(accuracy=accuracy))).outcome == "unchanged"


def test_predictions_moved_by_three_rows_are_joined_again(make_materials):
    table = make_table()
    table["y_pred"] = np.roll(table["y_pred"], 3)
    observation = rejoin(make_materials(table))
    assert observation.outcome == "restored"
    assert observation.numbers["order"] == "predictions moved up by 3"


def test_predictions_in_the_order_of_names_are_joined_again(make_materials):
    table = make_table()
    mixed = table.sample(frac=1, random_state=1).reset_index(drop=True)
    # The model predicted sorted files; the labels came in another order.
    mixed["y_pred"] = table["y_pred"].to_numpy()
    assert rejoin(make_materials(mixed)).outcome == "restored"


@pytest.mark.parametrize("accuracy", [0.25, 0.9])
def test_no_other_order_of_the_rows_is_better(make_materials, accuracy):
    assert rejoin(make_materials(make_table(accuracy=accuracy))).outcome == "unchanged"


def make_hidden(n: int = 400) -> pd.DataFrame:
    """Two classes of which the rarer one ranks well, and is never predicted."""
    random = np.random.default_rng(3)
    rare = np.arange(n) % 10 == 0
    p = np.where(rare, 0.3, 0.05) + random.uniform(0, 0.1, n)
    return pd.DataFrame(
        {
            "y_true": np.where(rare, "spider", "other"),
            "p:other": 1 - p,
            "p:spider": p,
        }
    )


def test_logit_adjustment_brings_a_hidden_class_back(make_materials):
    observation = adjust_logits(make_materials(make_hidden()))
    assert observation.outcome == "rises"
    assert observation.numbers["macro_f1_after"] > 0.9


def test_logit_adjustment_brings_nothing_where_nothing_ranks(make_materials):
    table = make_hidden()
    table["y_true"] = table["y_true"].sample(frac=1, random_state=0).to_numpy()
    assert adjust_logits(make_materials(table)).outcome == "stays"


def test_a_few_copies_do_not_make_a_score(make_materials):
    materials = make_materials(make_table())

    class Leakage:
        evaluated = materials.predictions
        shared = pd.DataFrame({"copy": np.arange(240) < 60, "observation": False})

    def with_leakage(accuracy: float) -> str:
        truth = materials.truth
        random = np.random.default_rng(0)
        others = random.random(len(truth)) > accuracy
        rows = (np.arange(240) >= 60) & others
        predicted = np.where(rows, (truth + 1) % 4, truth)
        changed = materials.predictions
        object.__setattr__(changed, "y_pred", predicted)
        Leakage.evaluated = changed
        object.__setattr__(materials.evidence, "leakage", Leakage())
        return without_leaks(materials).outcome

    assert with_leakage(0.5) == "falls"
    assert with_leakage(0.99) == "holds"


def test_where_all_share_an_observation_copies_can_only_show_a_leak(make_materials):
    materials = make_materials(make_table())
    truth = materials.truth

    class Leakage:
        evaluated = materials.predictions
        shared = pd.DataFrame({"copy": np.arange(240) < 60, "observation": True})

    object.__setattr__(materials.evidence, "leakage", Leakage())
    object.__setattr__(Leakage.evaluated, "y_pred", truth)
    with pytest.raises(InputError, match="Only 0 evaluated images share nothing"):
        without_leaks(materials)
    # Copies are classified and the rest is not: that is a leak all the same.
    half = np.where(np.arange(240) < 60, truth, (truth + 1) % 4)
    object.__setattr__(Leakage.evaluated, "y_pred", half)
    assert without_leaks(materials).outcome == "falls"


def test_a_run_of_predictions_allows_what_needs_nothing_else(make_materials):
    materials = make_materials(make_table(accuracy=0.25))
    candidates, refusals = feasible(materials)
    keys = {candidate.experiment.key for candidate in candidates}
    assert keys == {"relabel", "rejoin", "without-leaks"}
    assert refusals["adjust-logits"] == "There are no probabilities, only labels."
    assert refusals["memorise"] == (
        "It needs the recipe of a training by `hirise train` and the images."
    )


def test_every_experiment_has_a_runner():
    assert {r.key for r in RUNNERS} == {e.key for e in EXPERIMENTS}


def test_an_examination_confirms_permuted_classes_and_keeps_each_result(make_materials):
    table = make_table()
    turned = {"crater": "dune", "dune": "crater", "other": "spider", "spider": "other"}
    table["y_pred"] = table["y_pred"].map(turned)
    kept = []
    examination = examine(make_materials(table), budget=60, keep=kept.append)
    assert examination.confirmed == "class-order-permuted"
    assert examination.decisions["class-order-permuted"].decided_by == "relabel"
    assert tuple(kept) == examination.results
    first = kept[-1]
    assert first.outcome == "restored"
    rival = next(e for e in first.expected if e.cause == "class-order-permuted")
    assert rival.outcome == "restored"
    assert rival.before < rival.after
    assert rival.after > 0.9


def test_a_sound_run_has_nothing_confirmed(make_materials):
    assert examine(make_materials(make_table()), budget=60).confirmed is None


def test_no_budget_means_no_experiment(make_materials):
    examination = examine(make_materials(make_table(accuracy=0.25)), budget=1e-9)
    assert examination.results == ()
