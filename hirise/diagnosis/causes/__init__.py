"""Why a classifier fails: signs weighed into causes with probabilities."""

from hirise.diagnosis.causes.catalogue import CAUSES, Hypothesis
from hirise.diagnosis.causes.cause import Cause
from hirise.diagnosis.causes.ranking import causes_of, posterior_of, with_causes

__all__ = ["CAUSES", "Cause", "Hypothesis", "causes_of", "posterior_of", "with_causes"]
