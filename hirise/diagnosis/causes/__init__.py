"""Why a classifier fails: findings weighed into ranked causes."""

from hirise.diagnosis.causes.cause import Cause, Rule, Sign
from hirise.diagnosis.causes.table import RULES, causes_of, with_causes

__all__ = ["RULES", "Cause", "Rule", "Sign", "causes_of", "with_causes"]
