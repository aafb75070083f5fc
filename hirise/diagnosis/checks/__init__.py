"""The checks, by question."""

from hirise.diagnosis.checks.confidence import (
    IdenticalProbabilities,
    MisleadingConfidence,
    SharesAsProbabilities,
)
from hirise.diagnosis.checks.data import (
    BadFiles,
    DifferentShares,
    ForeignLabels,
    SuspectedLabels,
    TinyClass,
)
from hirise.diagnosis.checks.leakage import Duplicates, ObservationPredicts, SplitLeaks
from hirise.diagnosis.checks.network import (
    BadInputScale,
    DeadUnits,
    IgnoresInput,
    LooksAtFrame,
    UnfitLastLayer,
)
from hirise.diagnosis.checks.predictions import (
    ChangesItsMind,
    Independent,
    MissedClass,
    NeverPredicted,
    NotAboveMajority,
    OneClass,
    PermutedClasses,
    WronglyNamed,
)
from hirise.diagnosis.checks.training import (
    BestLongAgo,
    ChosenByAccuracy,
    Diverged,
    LossAtEntropy,
    Overfitted,
    Underfitted,
    ValidationAtChance,
)
from hirise.diagnosis.finding import Check

CHECKS: tuple[Check, ...] = (
    ForeignLabels(),
    SplitLeaks(),
    Duplicates(),
    TinyClass(),
    BadFiles(),
    DifferentShares(),
    SuspectedLabels(),
    ObservationPredicts(),
    OneClass(),
    NeverPredicted(),
    NotAboveMajority(),
    MissedClass(),
    WronglyNamed(),
    Independent(),
    PermutedClasses(),
    ChangesItsMind(),
    MisleadingConfidence(),
    IdenticalProbabilities(),
    SharesAsProbabilities(),
    Overfitted(),
    Underfitted(),
    LossAtEntropy(),
    ValidationAtChance(),
    Diverged(),
    BestLongAgo(),
    ChosenByAccuracy(),
    DeadUnits(),
    IgnoresInput(),
    BadInputScale(),
    UnfitLastLayer(),
    LooksAtFrame(),
)

__all__ = ["CHECKS"]
