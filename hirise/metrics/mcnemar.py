"""McNemar's exact test: whether one classifier is correct more often."""

import numpy as np


def mcnemar_p(n_fixed: int, n_broken: int) -> float:
    """Two-sided p of the numbers of images that only one of two classifies correctly.

    Parameters
    ----------
    n_fixed, n_broken : int
        Images that only the second, and only the first classifies correctly.

    Returns
    -------
    float in [0, 1]
        Of the binomial distribution with probability ½; 1 without such images.

    References
    ----------
    McNemar (1947), Note on the sampling error of the difference between correlated
    proportions or percentages; the exact form, no approximation by chi-square.

    Examples
    --------
    >>> round(mcnemar_p(9, 1), 3), mcnemar_p(3, 3)
    (0.021, 1.0)
    """
    n = n_fixed + n_broken
    fewer = min(n_fixed, n_broken)
    if n == 0 or n_fixed == n_broken:
        return 1.0
    # In logarithms, as factorials overflow above 170.
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    k = np.arange(fewer + 1)
    log_terms = log_factorial[n] - log_factorial[k] - log_factorial[n - k]
    # Both tails: the distribution is symmetric.
    tail = np.exp(log_terms - (n - 1) * np.log(2)).sum()
    return float(min(tail, 1.0))
