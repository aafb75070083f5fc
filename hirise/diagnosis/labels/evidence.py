"""Label evidence: the results of the tests and the proof, computed on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hirise.diagnosis.labels.agreement import LabelTest, measure
from hirise.diagnosis.labels.shuffle import Shuffle, find_shuffle
from hirise.diagnosis.labels.tables import UNKNOWN, LabelTables, label_tables
from hirise.predictions import Predictions
from hirise.runs import Run

if TYPE_CHECKING:
    from hirise.diagnosis.evidence import Evidence


_UNRELATED = 0.5


@dataclass(frozen=True, eq=False)
class LabelEvidence:
    """Whether the recorded labels belong to their images.

    Nothing is read or computed before it is needed.

    Attributes
    ----------
    load : function
        Gives the `LabelTables`.
    """

    load: Callable[[], LabelTables]

    @classmethod
    def of_run(
        cls,
        run: Run,
        catalog: pd.DataFrame | None = None,
        predictions: Predictions | None = None,
    ) -> LabelEvidence:
        """From a run folder.

        `catalog` (`image`, `class_name`) instead of the run's; `predictions` are those
        of one split, where they have been read already.
        """
        return cls(partial(label_tables, run, catalog, predictions))

    @cached_property
    def tables(self) -> LabelTables:
        """The recorded labels, beside what is known of their images."""
        return self.load()

    @cached_property
    def tests(self) -> tuple[LabelTest, ...]:
        """Catalog, siblings and neighbours, for each split and source."""
        return measure(self.tables)

    @property
    def table(self) -> pd.DataFrame:
        """`tests` as a table, one row each, with the fields of `LabelTest`."""
        return pd.DataFrame([vars(test) for test in self.tests])

    @cached_property
    def proofs(self) -> tuple[Shuffle, ...]:
        """The in-place shuffle of each split whose labels it explains exactly.

        Searched where the labels hardly agree with the catalog's: the list may have
        held the images of train and val, all images, or those of one split.
        """
        seen = self.tables.seen
        known = seen[seen["right"] != UNKNOWN]
        proofs: dict[str, Shuffle] = {}
        for source in ("labels_seen", "predictions"):
            of_source = known[known["source"] == source]
            suspects = [
                str(split)
                for split, part in of_source.groupby("split", sort=False)
                if _kappa(part) < _UNRELATED and split not in proofs
            ]
            for proof in self._search(source, suspects):
                proofs.setdefault(proof.split, proof)
        return tuple(proofs.values())

    def proof(self, split: str) -> Shuffle | None:
        """The proof for one split."""
        return next((proof for proof in self.proofs if proof.split == split), None)

    def _search(self, source: str, suspects: list[str]) -> list[Shuffle]:
        """The first list, of those that may have been passed, that explains each."""
        proofs: list[Shuffle] = []
        for listed in (("train", "val"), (), *((split,) for split in suspects)):
            proven = {proof.split for proof in proofs}
            left = [split for split in suspects if split not in proven]
            if not left or (listed and not set(listed) & set(left)):
                continue
            table = _listed(self.tables.seen, listed)
            if (table["right"] == UNKNOWN).any() or table.empty:
                continue
            wanted = table["split"].isin(left) & (table["source"] == source)
            proofs += find_shuffle(
                table["right"].to_numpy(),
                table["label"].to_numpy(),
                np.where(wanted, table["split"], "").astype(str),
                seed=self.tables.seed,
            )
        return proofs


def _listed(seen: pd.DataFrame, splits: tuple[str, ...]) -> pd.DataFrame:
    """The images of a list, each once, in the order of their file names."""
    chosen = seen[seen["split"].isin(splits)] if splits else seen
    once = chosen[~chosen["image"].duplicated()]
    return once.sort_values("image", kind="stable", ignore_index=True)


def _kappa(part: pd.DataFrame) -> float:
    """Cohen's kappa of the recorded labels and the catalog's; 1 if all agree."""
    same = float((part["label"] == part["right"]).mean())
    shares = (
        part[column].value_counts(normalize=True) for column in ("label", "right")
    )
    seen, right = shares
    chance = float(seen.mul(right, fill_value=0).sum())
    return (same - chance) / (1 - chance) if chance < 1 and same < 1 else 1.0


def numbers_test(evidence: Evidence) -> LabelTest:
    """Cohen's kappa of the validation images beside that of the training images.

    `value` is kappa of the validation images in the last epoch, as it was recorded, or
    else of the predictions; `chance` holds kappa of the training images.
    """
    train, val = evidence.epoch_kappa("train"), evidence.epoch_kappa("val")
    split, evaluation = "val", evidence.evaluation
    n = 0 if evidence.split_counts is None else _count(evidence)
    if not np.isfinite(val) and evaluation is not None and evaluation.has_truth:
        split, n = evaluation.split, evaluation.n_evaluated
        val = evaluation.metric("kappa")
    test = LabelTest(split, "history", "numbers", n=n, value=val, chance=train)
    if not np.isfinite(train) or not np.isfinite(val):
        missing = "training" if not np.isfinite(train) else "validation"
        reason = f"kappa of the {missing} images is unknown"
        return LabelTest(split, "history", "numbers", reason=reason)
    return test


def _count(evidence: Evidence) -> int:
    counts = evidence.split_counts
    return 0 if counts is None or "val" not in counts else int(counts["val"].sum())
