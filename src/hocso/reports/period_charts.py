"""The charts of a period's report, to be read in black and white too: hatches, and values on the bars."""

import io
import textwrap
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from hocso.records.text import percent, rate

WIDTH = 6.4  # inches, nearly all between the margins of an A4 page
TALLEST = 8.6
BAR_HEIGHT = 0.32
ROOM = 0.9  # for axis and legend
ROOM_FOR_VALUE = 0.34  # of the longest bar
LABEL_LETTERS = 26
DOTS_PER_INCH = 200
STYLE = {"font.family": "DejaVu Serif", "font.size": 9, "hatch.linewidth": 0.7}
STYLING = threading.Lock()  # matplotlib has one style a process
# (reached its target) -> fill, hatch and words; None: there is no target.
LOOKS = {
    True: ("#c9c9c9", "", "đạt mức"),
    False: ("white", "////", "chưa đạt mức"),
    None: ("white", "....", "chưa có mức phải đạt"),
}


@dataclass(frozen=True)
class Bar:
    """A rate (1.0 = 100%), its target or None, and what stands beside it."""

    label: str
    rate: float
    target: float | None
    beside: str

    @property
    def reached(self) -> bool | None:
        return None if self.target is None else self.rate >= self.target

    @property
    def words(self) -> str:
        return f"{rate(self.rate, self.target)} ({self.beside})"


def rates_chart(bars: Sequence[Bar]) -> bytes:
    """A PNG of horizontal bars, the first on top, each with its target as a line across it."""
    height = min(TALLEST, ROOM + BAR_HEIGHT * len(bars))
    most = max(1.0, *(one.rate for one in bars))
    with STYLING, rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        for place, bar in enumerate(bars):
            fill, hatch, _ = LOOKS[bar.reached]
            axes.barh(place, bar.rate, height=0.62, color=fill, hatch=hatch, edgecolor="black", linewidth=0.8)
            if bar.target is not None:
                axes.plot([bar.target] * 2, [place - 0.42, place + 0.42], color="black", linewidth=2.2)
            end = bar.rate
            if bar.target is not None and end <= bar.target < end + ROOM_FOR_VALUE * most:
                end = bar.target
            axes.text(end + 0.015 * most, place, bar.words, va="center")
        axes.set_yticks(range(len(bars)), [_folded(bar.label) for bar in bars])
        axes.set_ylim(len(bars) - 0.4, -0.6)
        axes.set_xlim(0, (1 + ROOM_FOR_VALUE) * most)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share, 0)))
        axes.spines[["top", "right"]].set_visible(False)
        shown = dict.fromkeys(bar.reached for bar in bars)
        legend = [
            Patch(facecolor=fill, hatch=hatch, edgecolor="black", label=words)
            for reached, (fill, hatch, words) in LOOKS.items()
            if reached in shown
        ]
        figure.legend(handles=legend, loc="outside lower center", ncols=len(legend), frameon=False)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def chart_words(title: str, bars: Sequence[Bar]) -> str:
    """The chart for those who don't see it."""
    return f"{title}: " + "; ".join(f"{bar.label} {bar.words}" for bar in bars) + "."


def _folded(label: str) -> str:
    lines = textwrap.wrap(label, LABEL_LETTERS)
    return "\n".join(
        lines if len(lines) <= 2 else [lines[0], textwrap.shorten(lines[1], LABEL_LETTERS - 2) + " …"]
    )
