"""The checks, by what they are about, and the registry that the pages share."""

from hirise.diagnosis.checks.classes import (
    LowPrecision,
    LowRecall,
    NeverPredicted,
)
from hirise.diagnosis.checks.confidence import (
    FrequenciesAsProbabilities,
    IdenticalProbabilities,
    MisleadingConfidence,
)
from hirise.diagnosis.checks.data import (
    BadFiles,
    DifferentFrequencies,
    TinyClass,
    UnseenClass,
)
from hirise.diagnosis.checks.epochs import (
    BestLongAgo,
    ChosenByAccuracy,
    Overfitted,
)
from hirise.diagnosis.checks.labels import MisalignedLabels, SuspectedLabels
from hirise.diagnosis.checks.leakage import (
    Duplicates,
    PredictiveObservations,
    SplitLeakage,
)
from hirise.diagnosis.checks.modes import ModesDiffer, PredictionsShift
from hirise.diagnosis.checks.network import (
    BadInputScale,
    DeadUnits,
    IgnoresInput,
    SaliencyOnBorder,
    UnfitLastLayer,
)
from hirise.diagnosis.checks.order import PermutedClasses
from hirise.diagnosis.checks.pictures import ContradictoryCopies, EmptyPictures
from hirise.diagnosis.checks.predictions import (
    AtMajorityBaseline,
    ChanceAgreement,
    InconsistentCopies,
    OneClass,
)
from hirise.diagnosis.checks.settings import UnusualSettings
from hirise.diagnosis.checks.training import (
    Diverged,
    LossAtEntropy,
    Underfitted,
    ValidationAtChance,
)
from hirise.diagnosis.finding import Check, Page

CHECKS: tuple[Check, ...] = (
    MisalignedLabels(),
    SplitLeakage(),
    Duplicates(),
    TinyClass(),
    BadFiles(),
    DifferentFrequencies(),
    SuspectedLabels(),
    PredictiveObservations(),
    ContradictoryCopies(),
    UnseenClass(),
    EmptyPictures(),
    OneClass(),
    NeverPredicted(),
    AtMajorityBaseline(),
    LowRecall(),
    LowPrecision(),
    ChanceAgreement(),
    PermutedClasses(),
    InconsistentCopies(),
    MisleadingConfidence(),
    IdenticalProbabilities(),
    FrequenciesAsProbabilities(),
    Overfitted(),
    Underfitted(),
    LossAtEntropy(),
    ValidationAtChance(),
    Diverged(),
    BestLongAgo(),
    ChosenByAccuracy(),
    ModesDiffer(),
    PredictionsShift(),
    DeadUnits(),
    IgnoresInput(),
    BadInputScale(),
    UnfitLastLayer(),
    SaliencyOnBorder(),
    UnusualSettings(),
)
"""In the order of their codes, which is also that of the pages."""

TITLES: dict[str, str] = {check.code: check.title for check in CHECKS}
"""Title of each check by its code."""

__all__ = ["CHECKS", "TITLES", "codes_of"]


def codes_of(page: Page) -> tuple[str, ...]:
    """Codes of the checks whose findings a page shows.

    Examples
    --------
    >>> codes_of("classes")
    ('HR202', 'HR204', 'HR205')
    """
    return tuple(check.code for check in CHECKS if page in check.pages)
