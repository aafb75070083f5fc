"""HR505: whether a network looks at what is no part of the picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.kind import is_constant
from hirise.diagnosis.wording import images, percent
from hirise.evaluation.clusters import clusters_of
from hirise.intervals import MIN_GROUPS, percentile_interval, resampled_totals

_CLUSTER = {"image": "none", "group": "auto"}
"""`Evaluation.cluster` as `clusters_of` takes it, where that differs."""


@dataclass(frozen=True)
class LooksAtFrame(Check):
    """Black borders without data get more of the saliency than of the area.

    Saliency that knows nothing of borders gives them the share that they take.
    """

    code = "HR505"
    title = "Looks at the frame"
    advice = (
        "Crop the black borders off, or fill them with the image's mean grey, in "
        "training and in use alike; then train again."
    )

    times: float = 1.5
    smallest: float = 0.02
    largest: float = 0.90
    least: int = 10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        framed, groups, kind = self._framed(evidence)
        columns = framed[["border_share", "border_area"]].to_numpy(dtype=float)
        totals = resampled_totals(np.arange(len(columns)), columns, groups=groups)
        low, high = percentile_interval(totals[:, 0] / totals[:, 1])
        share, area = columns.mean(axis=0)
        if low > 1 and share / area >= self.times:
            split = "" if evidence.predictions is None else evidence.predictions.split
            yield self.finding(
                f"In {images(len(framed), split)} with a black border without data "
                f"{percent(float(share))} of the saliency lies on it, which takes "
                f"{percent(float(area))} of the area: {share / area:.2f} times as much "
                f"(95 % interval over {kind}s {low:.2f} to {high:.2f}); from "
                f"{self.times:g} on it is too much."
            )

    def _framed(
        self, evidence: Evidence
    ) -> tuple[pd.DataFrame, np.ndarray | None, str]:
        """The images with a border, the group of each, and what the groups are."""
        table, said = evidence.saliency, evidence.predictions
        if is_constant(evidence):
            raise NotApplicable(
                "the output hardly depends on the image, so where it looks means "
                "nothing"
            )
        if table is None or said is None or said.image is None or table.empty:
            raise NotApplicable(
                "it is not known where the network looks; run `hirise saliency RUN`"
            )
        rows = pd.Index(said.image).get_indexer(pd.Index(table["image"]))
        bordered = table["border_area"].between(self.smallest, self.largest)
        kept = bordered & table["border_share"].notna() & (rows >= 0)
        if not kept.any():
            raise NotApplicable(
                f"none of {images(len(table))} with saliency has a black border that "
                f"takes {percent(self.smallest)} to {percent(self.largest)} of it"
            )
        cluster = evidence.judged_or_not.cluster
        found = clusters_of(said, rows[kept], _CLUSTER.get(cluster, cluster))
        if kept.sum() < self.least or found.n_groups < MIN_GROUPS:
            raise NotApplicable(
                f"only {images(int(kept.sum()))} of {found.n_groups} {found.kind}s "
                f"with saliency have a black border; {self.least} of as many are "
                f"needed: run `hirise saliency RUN --images N`"
            )
        return table[kept], found.codes, found.kind
