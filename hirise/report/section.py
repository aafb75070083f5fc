"""A section of the report."""

from __future__ import annotations

from dataclasses import dataclass

from hirise.report.charts import Chart
from hirise.report.tables import Table


@dataclass(frozen=True)
class Section:
    """Charts, each with its table, and tables by themselves, under one heading.

    Attributes
    ----------
    key, title : str
    charts : tuple of Chart
    tables : tuple of Table
    warning : str
        Why what is shown would mislead; "" if it does not.
    empty : str
        Why there is nothing to show; "" if there is.
    """

    key: str
    title: str
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    warning: str = ""
    empty: str = ""
