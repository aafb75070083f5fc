"""HR101: labels that do not belong to their images."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.labels.measure import LabelTest
from hirise.diagnosis.labels.numbers import numbers_test
from hirise.diagnosis.labels.shuffle import Shuffle
from hirise.diagnosis.wording import percent

TIMES = ("", "once", "twice", "three times", "four times")
"""How often a list was shuffled too often, by that number."""


@dataclass(frozen=True)
class ForeignLabels(Check):
    """The labels of a side belong to other images, by up to four independent tests.

    Each test is made for train, val and test by itself, and any can be impossible. What
    the numbers alone say is a warning, and nothing where another test vouches for the
    labels.
    """

    code = "HR101"
    title = "Labels do not belong to their images"
    advice = (
        "Give each call its own copy of the labels (`labels=list(labels)`), write the "
        "right ones with --write-labels, and train or measure again."
    )
    severity = "error"
    remedies = ("repaired-labels",)

    mismatch: float = 0.01
    siblings: float = 0.99
    association: float = 4.0
    enough: float = 6.0
    training_kappa: float = 0.40
    chance_kappa: float = 0.10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        tests = evidence.labels.tests if evidence.labels is not None else ()
        numbers = numbers_test(evidence)
        answers = [(test, self.says(test)) for test in (*tests, numbers)]
        if all(said is None for _, said in answers):
            raise NotApplicable(_reasons([test for test, _ in answers], evidence))
        for split in dict.fromkeys(test.split for test, _ in answers):
            of_split = [(t, said) for t, said in answers if t.split == split]
            fired = [test for test, said in of_split if said]
            if any(test.test != "numbers" for test in fired):
                yield self._foreign(evidence, split, fired)
            elif fired and all(said is not False for _, said in of_split):
                text = f"{self.sentence(fired[0])}: suspected from these numbers alone."
                yield self.finding(text, subject=split, severity="warning")

    def says(self, test: LabelTest) -> bool | None:
        """Whether the labels are foreign by this test; None where it cannot tell."""
        if test.reason:
            return None
        if test.test == "catalog":
            return test.value >= self.mismatch
        if test.test == "siblings":
            return test.value < self.siblings
        if test.test == "numbers":
            high = test.chance >= self.training_kappa
            return high and test.value <= self.chance_kappa
        if test.z >= self.association:
            return False
        return True if test.expected >= self.enough else None

    def sentence(self, test: LabelTest) -> str:
        """What the test found, with its threshold; no full stop."""
        where = f"{test.split} " if test.split not in ("", "all") else ""
        if test.test == "catalog":
            return (
                f"{percent(test.value)} of {test.n:,} {where}labels{_kept(test)} are "
                f"not those that the catalog has for their images (shuffled labels: "
                f"{percent(test.chance)}; {percent(self.mismatch)} is too many)"
            )
        if test.test == "siblings":
            return (
                f"{percent(test.value)} of {test.n:,} {where}pairs of copies of one "
                f"landmark share their label (shuffled labels: {percent(test.chance)}; "
                f"{percent(self.siblings)} is expected)"
            )
        if test.test == "numbers":
            return (
                f"Cohen's kappa is {test.chance:.2f} on training images and "
                f"{test.value:.2f} on {where}images ({self.chance_kappa:.2f} or less "
                f"is chance)"
            )
        return (
            f"{where}images that look alike share their label no more often than by "
            f"chance (z {test.z:.1f} over {test.n:,} images, under "
            f"{self.association:.1f}; {test.reference} give {test.expected:.1f})"
        )

    def _foreign(
        self, evidence: Evidence, split: str, fired: list[LabelTest]
    ) -> Finding:
        assert evidence.labels is not None
        said = ". ".join(_capital(self.sentence(test)) for test in fired)
        proof = evidence.labels.proof(split)
        return self.finding(f"{said}.{_proof_text(proof)}", subject=split)


def _kept(test: LabelTest) -> str:
    return " in the predictions" if test.source == "predictions" else ""


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _proof_text(proof: Shuffle | None) -> str:
    if proof is None:
        return ""
    return (
        f" Proven: the labels seen are the right labels, shuffled "
        f"{TIMES[proof.passes]} too often with seed {proof.seed} (all "
        f"{proof.n_images:,} match): Keras' `image_dataset_from_directory` shuffles "
        f"the list it is given."
    )


def _reasons(tests: list[LabelTest], evidence: Evidence) -> str:
    """Why none of the tests could be made, each reason once."""
    reasons: dict[str, str] = {}
    for test in tests:
        unsure = test.test == "neighbours" and not test.reason
        said = _unsure(test) if unsure else test.reason
        reasons.setdefault(test.test, said)
    if evidence.labels is None or len(reasons) == 1:
        reasons = {"labels": "no labels with image names are known"} | reasons
    return "; ".join(f"{test}: {said}" for test, said in reasons.items())


def _unsure(test: LabelTest) -> str:
    known = np.isfinite(test.expected)
    little = f"right labels could give as little ({test.reference})"
    return f"z is {test.z:.1f}, and {little if known else test.reference}"
