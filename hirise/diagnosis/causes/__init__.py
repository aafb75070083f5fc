"""Why a classifier fails: findings weighed into ranked causes."""

from hirise.diagnosis.causes.cause import Cause, Rule, Sign
from hirise.diagnosis.causes.rank import causes_of, with_causes
from hirise.diagnosis.causes.table import RULES

__all__ = ["RULES", "Cause", "Rule", "Sign", "causes_of", "with_causes"]
