"""Class shares as a person types them."""

import csv
import math

import pandas as pd

from hirise.errors import InputError

TOLERANCE = 0.01


def parse_class_shares(text: str, option: str = "--class-shares") -> pd.Series:
    """Shares by class name from `other=.81,crater=.19`, made to sum to 1.

    A name with a comma stands in quotes; `option` is named in errors.

    Raises
    ------
    InputError
        Not pairs of name and share, shares outside [0, 1], or a sum off by over .01.
    """
    shares: dict[str, float] = {}
    for part in next(csv.reader([text], skipinitialspace=True), []):
        name, sign, value = part.rpartition("=")
        try:
            shares[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip() or not 0 <= shares[name.strip()] <= 1:
            raise InputError(
                f"{option}: {part!r} is not NAME=SHARE with a share from 0 to 1, "
                f"such as other=.81,crater=.19."
            )
    total = math.fsum(shares.values())
    if abs(total - 1) > TOLERANCE:
        raise InputError(f"{option}: the shares sum to {total:.4g}, not 1.")
    return pd.Series(shares) / total
