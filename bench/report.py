"""The table, as Markdown."""

from dataclasses import dataclass
from statistics import median

from .result import Row

REACHED = {None: "–", True: "yes", False: "NO"}


@dataclass(frozen=True)
class Outcome:
    """What came of a figure: its rows, or the reason why there are none. `busy`: percent of the cores that
    other work took just before."""

    name: str
    rows: list[Row]
    reason: str | None
    busy: float


def report(outcomes: list[Outcome], machine: list[str]) -> str:
    return "\n".join(
        [
            "# Figures, each beside its peer",
            "",
            "Written by `python -m bench`. Ratio: how many times better ours is; below 1 it is worse. "
            "Target: the ratio that is asked for.",
            "",
            *(f"- {line}" for line in machine),
            "- taken by other work just before each figure: "
            + ", ".join(f"{outcome.name} {outcome.busy:.0f}%" for outcome in outcomes)
            + " of the cores",
            "",
            "| figure | Học Số | peer | ratio | target | reached | how |",
            "| --- | ---: | ---: | ---: | ---: | --- | --- |",
            *(line for outcome in outcomes for line in _lines(outcome)),
            "",
            "## Every measurement",
            "",
            *(_measurements(row) for outcome in outcomes for row in outcome.rows),
            "",
        ]
    )


def _measurements(row: Row) -> str:
    peer = f"; {row.peer_name} {_all(row.peer)}" if row.peer else ""
    return f"- {row.what}: ours {_all(row.ours)}{peer} {row.unit}".rstrip()


def _lines(outcome: Outcome) -> list[str]:
    if outcome.reason is not None:
        return [f"| {outcome.name} | – | – | – | – | – | {_cell(outcome.reason)} |"]
    return [
        f"| {row.what} | {_value(row.ours, row.unit)} | {_peer(row)} "
        f"| {_ratio(row.ratio)} | {_ratio(row.target)} | {REACHED[row.reached]} | {_cell(row.how)} |"
        for row in outcome.rows
    ]


def _peer(row: Row) -> str:
    return f"{row.peer_name} {_value(row.peer, row.unit)}" if row.peer else "–"


def _ratio(ratio: float | None) -> str:
    return "–" if ratio is None else f"{_number(ratio)} ×"


def _value(repetitions: list[float], unit: str) -> str:
    return f"{_number(median(repetitions))} {unit}".rstrip()


def _all(repetitions: list[float]) -> str:
    return ", ".join(_number(one) for one in repetitions)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _cell(text: str) -> str:
    """Text that can't break the table."""
    return " ".join(text.split()).replace("|", "\\|")
