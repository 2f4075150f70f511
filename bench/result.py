"""What a figure gives back."""

import sys
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table. `ours` and `peer` hold every repetition, in `unit`; the table shows medians.
    `peer` is empty where there is nothing to compare with. `target`: the ratio that is asked for; None where
    the row is there for the reader only."""

    what: str
    unit: str
    ours: list[float]
    peer: list[float]
    how: str
    peer_name: str = "stock Voilà"
    more_is_better: bool = False
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times better ours is: above 1 better, below 1 worse, None where one of the two is 0."""
        if not self.peer:
            return None
        ours, peer = median(self.ours), median(self.peer)
        if not ours or not peer:
            return None
        return ours / peer if self.more_is_better else peer / ours

    @property
    def reached(self) -> bool | None:
        """None where nothing was asked for."""
        if self.target is None:
            return None
        return self.ratio is not None and self.ratio >= self.target


class NotMeasured(Exception):
    """This system can't give the figure; str() is the reason, in plain words."""


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)
