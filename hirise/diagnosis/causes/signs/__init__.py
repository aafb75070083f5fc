"""The signs that causes are weighed by, one module per kind of evidence."""

from hirise.diagnosis.causes.sign import Sign
from hirise.diagnosis.causes.signs import agreement, curves, data, network, predictions

SIGNS: tuple[Sign, ...] = (
    *data.SIGNS,
    *predictions.SIGNS,
    *curves.SIGNS,
    *agreement.SIGNS,
    *network.SIGNS,
)
"""In the order in which evidence is told."""

__all__ = ["SIGNS"]
