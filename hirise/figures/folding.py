"""Few series out of many classes: the largest by name, the rest as one."""

import pandas as pd


def folded(table: pd.DataFrame, by: pd.Series, *, at_most: int) -> pd.DataFrame:
    """Keep the `at_most` rows that are largest in `by`; sum the others into one row.

    Parameters
    ----------
    table : DataFrame
        Numeric columns; the index holds class names.
    by : Series
        One number per row of `table`, in its order.
    at_most : int
        Rows to keep by name; one more row is kept rather than folded alone.

    Returns
    -------
    DataFrame, largest first
        The last row is "n other classes" where any were folded.
    """
    order = (-by.fillna(0).to_numpy()).argsort(kind="stable")
    if len(order) > at_most + 1:
        rest = table.iloc[order[at_most:]].sum(min_count=1)
        rest.name = f"{len(order) - at_most} other classes"
        return pd.concat([table.iloc[order[:at_most]], rest.to_frame().T])
    return table.iloc[order]
