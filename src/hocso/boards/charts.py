"""The drawings of the boards: readable in black and white, each value written beside its bar."""

import textwrap
from collections.abc import Sequence
from datetime import date

from matplotlib.figure import Figure

from hocso.learn.charts import draw_svg

from .page import number

INK, BAR, LINE, SOFT = "#1b1b1b", "#5fa39d", "#0b5d57", "#6b6b6b"
HATCH = "////"
ROW, WIDE, NAME = 0.62, 8.5, 40


def bars(
    names: Sequence[str],
    shares: Sequence[float | None],
    texts: Sequence[str],
    targets: Sequence[float | None],
    expected: Sequence[float | None] | None = None,
) -> str:
    """A bar for each name: its share (0 to 1), in words beside the bar, the target as a black stroke, and
    where the straight line is by now as a diamond. A name without a share says so. SVG."""

    def draw(_):
        figure = Figure(figsize=(WIDE, 1.1 + ROW * len(names)))
        axes = figure.subplots()
        widest = max([1.0, *(share for share in shares if share is not None)])
        places = range(len(names))
        axes.barh(
            places,
            [share or 0 for share in shares],
            height=0.6,
            color=BAR,
            edgecolor=INK,
            hatch=HATCH,
            lw=0.8,
        )
        for place, (share, text) in enumerate(zip(shares, texts, strict=True)):
            text = "chưa có tỉ lệ" if share is None else text
            axes.text((share or 0) + 0.012 * widest, place, text, va="center", fontsize=13, color=INK,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
        _strokes(axes, targets)
        if expected is not None:
            known = [(share, place) for place, share in enumerate(expected) if share is not None]
            axes.plot(
                *zip(*known, strict=True) if known else ([], []), "D", ms=8, mfc="white", mec=INK, zorder=3
            )
        axes.set_yticks(places, [textwrap.fill(name, NAME) for name in names], fontsize=12)
        axes.set_xlim(0, 1.18 * widest)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        axes.invert_yaxis()
        return figure

    return draw_svg(draw, "")


def _strokes(axes, targets: Sequence[float | None]) -> None:
    for place, target in enumerate(targets):
        if target is not None:
            axes.plot([target, target], [place - 0.42, place + 0.42], color=INK, lw=3.5, zorder=3)


def over_time(days: Sequence[date], counts: Sequence[int], stand: dict) -> str:
    """How many were counted by the end of each week (solid), the straight line to the target (dashed), and
    where the pace leads (hatched). `stand`: a row of `hocso.kpi.standing` with dates. SVG."""

    def draw(_):
        figure = Figure(figsize=(WIDE, 4.2))
        axes = figure.subplots()
        axes.step(days, counts, where="post", color=LINE, lw=2.5, label="đã đạt")
        begins = days[0] if days else stand["since"]
        if stand["wanted"] is not None and (not days or stand["since"] <= days[-1]):
            line = (
                [stand["since"], stand["due"]],
                [stand["at_since"], max(stand["wanted"], stand["at_since"])],
            )
            axes.plot(*line, color=INK, lw=1.5, ls="--", label="đường thẳng tới mức phải đạt")
            begins = min(begins, stand["since"])
        if stand["likely"] is not None:
            ahead = [days[-1], stand["due"]]
            axes.fill_between(
                ahead, [counts[-1], stand["low"]], [counts[-1], stand["high"]],
                facecolor="white", edgecolor=SOFT, hatch=HATCH, lw=0.8, label="dự báo, tám lần trong mười",
            )  # fmt: skip
            axes.annotate(
                f"chừng {number(stand['likely'])}", (stand["due"], stand["likely"]), ha="right", fontsize=13
            )
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=begins)
        axes.xaxis.set_major_formatter(lambda value, _place: _month(value))
        axes.tick_params(axis="x", labelsize=12)
        axes.yaxis.set_major_formatter(lambda value, _place: number(value))
        axes.legend(loc="upper left", fontsize=12, frameon=False)
        return figure

    return draw_svg(draw, "")


def _month(value: float) -> str:
    from matplotlib.dates import num2date

    return f"{num2date(value):%m/%Y}"


def stacked(names: Sequence[str], parts: dict[str, Sequence[int]]) -> str:
    """For each name how many are in each part, side by side in one bar, the count in its piece. SVG."""
    looks = [(BAR, ""), ("#d9d2c3", "...."), ("white", "")]

    def draw(_):
        figure = Figure(figsize=(WIDE, 1.3 + ROW * len(names)))
        axes = figure.subplots()
        left = [0] * len(names)
        for (label, counts), (colour, hatch) in zip(parts.items(), looks, strict=False):
            look = {"color": colour, "edgecolor": INK, "hatch": hatch, "lw": 0.8, "label": label}
            axes.barh(range(len(names)), counts, left=left, height=0.6, **look)
            for place, (count, start) in enumerate(zip(counts, left, strict=True)):
                if count:
                    axes.text(start + count / 2, place, str(count), ha="center", va="center", fontsize=12,
                              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
            left = [start + count for start, count in zip(left, counts, strict=True)]
        axes.set_yticks(range(len(names)), [textwrap.fill(name, NAME) for name in names], fontsize=12)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.invert_yaxis()
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=3, fontsize=12, frameon=False)
        return figure

    return draw_svg(draw, "")
