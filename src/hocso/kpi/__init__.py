"""The plan's indicators: who is counted, over which population, in which period, against which target.

reports, web and cli call this room; it calls `hocso.records` and `hocso.course`. `compute` gives the figures,
`behind` the people or register rows behind one of them, `close_report` keeps a report as it was handed in;
`kpi.calendar` says what is due when.
Nothing here is stored but closed reports: figures are computed from events and registers each time.
"""

from .behind import behind, not_counted
from .closing import (
    ClosingRefused,
    changes_since,
    close_report,
    current_figures,
    fingerprint,
    last_closed,
    plain,
)
from .figures import COLUMNS, FigureRefused, as_table, channels, compute, figures_table
from .indicators import INDICATORS, Indicator, UnknownIndicator, indicator
from .periods import Period, UnknownPeriod, current_period, listed_periods

__all__ = [
    "COLUMNS",
    "INDICATORS",
    "ClosingRefused",
    "FigureRefused",
    "Indicator",
    "Period",
    "UnknownIndicator",
    "UnknownPeriod",
    "as_table",
    "behind",
    "changes_since",
    "channels",
    "close_report",
    "compute",
    "current_figures",
    "current_period",
    "figures_table",
    "fingerprint",
    "indicator",
    "last_closed",
    "listed_periods",
    "not_counted",
    "plain",
]
