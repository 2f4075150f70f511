"""The plan's indicators: who is counted, over which population, in which period, against which target.

reports, web and cli call this room; it calls `hocso.records` and `hocso.course`. `compute` gives the figures,
`behind` the people or register rows behind one of them, `evidence` what each person did; `close_report` keeps
a report as it was handed in, and `stated` gives those figures from then on; `kpi.calendar` says what is due
when.
Nothing here is stored but closed reports: figures are computed from events and registers each time.
"""

from .advice import Advice, advice
from .behind import Part, activities, behind, denominator, listed, missing, not_counted
from .board import board
from .closing import (
    ClosingRefused,
    Stated,
    as_dicts,
    changes_since,
    close_report,
    current_figures,
    fingerprint,
    kept_figure,
    kept_figures,
    last_closed,
    plain,
    stated,
    told,
)
from .evidence import evidence, workers
from .facts import Facts
from .figures import COLUMNS, FigureRefused, as_table, channels, compute, figures_table
from .indicators import INDICATORS, Indicator, UnknownIndicator, indicator
from .periods import Period, UnknownPeriod, current_period, listed_periods
from .standing import Forecast, forecast, month_ends, standing, timeline

__all__ = [
    "COLUMNS",
    "INDICATORS",
    "Advice",
    "ClosingRefused",
    "Facts",
    "FigureRefused",
    "Forecast",
    "Indicator",
    "Part",
    "Period",
    "Stated",
    "UnknownIndicator",
    "UnknownPeriod",
    "activities",
    "advice",
    "as_dicts",
    "as_table",
    "behind",
    "board",
    "changes_since",
    "channels",
    "close_report",
    "compute",
    "current_figures",
    "current_period",
    "denominator",
    "evidence",
    "figures_table",
    "fingerprint",
    "forecast",
    "indicator",
    "kept_figure",
    "kept_figures",
    "last_closed",
    "listed",
    "listed_periods",
    "missing",
    "month_ends",
    "not_counted",
    "plain",
    "standing",
    "stated",
    "timeline",
    "told",
    "workers",
]
