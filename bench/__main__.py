"""`python -m bench`: measure, print the table, write it."""

import argparse
import signal
import sys
import traceback
from pathlib import Path

from hocso.web.capacity import allow_descriptors

from . import board, burst, grading, kpi, load, machine, memory, past_the_limit, phone, score_on_screen
from .report import Outcome, report
from .result import NotMeasured, say

FIGURES = {
    "burst": burst,
    "memory": memory,
    "phone": phone,
    "grading": grading,
    "score-on-screen": score_on_screen,
    "kpi": kpi,
    "board": board,
}
# These take a quarter of an hour, and so are measured where they are asked for.
LONG_FIGURES = {"load": load, "past-the-limit": past_the_limit}
ALL_FIGURES = FIGURES | LONG_FIGURES
RESULTS = Path(__file__).parent / "RESULTS.md"
MOST_OPENS = 60  # as many lessons as our server opens on any machine; it may ask the next visitor to wait


def main() -> int:
    options = _options()
    # Told to end, leave by the same way as after an error: every server is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    allow_descriptors()  # the servers inherit it
    described = machine.described()
    outcomes = [_measure(name, options) for name in options.only or FIGURES]
    text = report(outcomes, described)
    print(text)
    out = options.out or (RESULTS if options.append or not options.only else None)
    if out:
        with out.open("a" if options.append else "w", encoding="utf-8") as file:
            file.write("\n" + text if options.append else text)
        say(f"written to {out}")
    return int(any(outcome.reason and outcome.reason.startswith("FAILED") for outcome in outcomes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures Học Số beside stock Voilà and nbgrader on this machine and prints a table. "
        "Takes a few minutes; let nothing else run meanwhile. Progress goes to standard error.",
        epilog="Figures: "
        + "; ".join(f"{name}: {module.__doc__.splitlines()[0]}" for name, module in ALL_FIGURES.items()),
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=ALL_FIGURES,
        metavar="NAME",
        help="only these figures, of: "
        + ", ".join(FIGURES)
        + "; and, not measured else: "
        + ", ".join(LONG_FIGURES),
    )
    parser.add_argument(
        "--opens",
        type=number,
        default=40,
        metavar="N",
        help=f"lessons opened at once in burst and memory, 1 to {MOST_OPENS} (default: %(default)s)",
    )
    parser.add_argument(
        "--submissions",
        type=positive,
        default=200,
        metavar="N",
        help="submissions graded for the figure grading (default: %(default)s)",
    )
    parser.add_argument(
        "--peer-submissions",
        type=positive,
        default=200,
        metavar="N",
        help="how many of them `nbgrader autograde` grades too, in two seconds each (default: %(default)s)",
    )
    parser.add_argument(
        "--learners",
        type=positive,
        default=200,
        metavar="N",
        help="learners of the figures load and past-the-limit (default: %(default)s)",
    )
    parser.add_argument(
        "--minutes",
        type=positive,
        default=10,
        metavar="N",
        help="how long they are at work for the figure load (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where to write the table (default: bench/RESULTS.md; with --only it is printed only)",
    )
    parser.add_argument(
        "--append",
        action="store_true",
        help="add the table to what is there, as for the figures that take long (default: in its place)",
    )
    return parser.parse_args()


def number(text: str) -> int:
    if not 1 <= int(text) <= MOST_OPENS:
        raise argparse.ArgumentTypeError(f"must be from 1 to {MOST_OPENS}")
    return int(text)


def positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return int(text)


def _measure(name: str, options: argparse.Namespace) -> Outcome:
    """One figure; where it fails the others are still measured. A figure's OPTIONS name what it is given."""
    busy = machine.busy()
    say(f"{name}: {ALL_FIGURES[name].__doc__.splitlines()[0]}")
    try:
        given = [getattr(options, option) for option in getattr(ALL_FIGURES[name], "OPTIONS", ["opens"])]
        return Outcome(name, ALL_FIGURES[name].measure(*given), None, busy)
    except NotMeasured as reason:
        say(f"  not measured: {reason}")
        return Outcome(name, [], f"not measured: {reason}", busy)
    except Exception as error:
        traceback.print_exc()
        return Outcome(name, [], f"FAILED: {type(error).__name__}: {error}", busy)


if __name__ == "__main__":
    sys.exit(main())
