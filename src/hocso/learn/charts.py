"""A chart to explore, and a question that it answers."""

import io
import sys
from collections.abc import Callable, Mapping, Sequence

import traitlets

from hocso.learn.choices import OneChoice
from hocso.learn.errors import ExerciseError
from hocso.learn.parts import Option
from hocso.learn.text import plain

# A chart is drawn for a phone held upright; text in it stays text, so that it is sharp on a projector and
# small to send.
CHART_STYLE = {
    "figure.figsize": (4.2, 4.0),
    "figure.facecolor": "white",
    "font.size": 15,
    "font.family": "sans-serif",
    "svg.fonttype": "none",
    "svg.hashsalt": "hocso",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#6b6b6b",
    "axes.labelcolor": "#1b1b1b",
    "text.color": "#1b1b1b",
    "xtick.color": "#1b1b1b",
    "ytick.color": "#1b1b1b",
}
NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
CHART_COLOURS = ("#0b5d57", "#c2571a", "#3f5fa8", "#8a3b72", "#5b6b1f")

ByChoice = Mapping[str, object] | Callable[[str], object]


class Chart(OneChoice):
    """All drawings are made once, when the notebook runs; looking from one to the next needs no kernel."""

    kind = traitlets.Unicode("chart").tag(sync=True)
    look = traitlets.Unicode().tag(sync=True)
    charts = traitlets.List().tag(sync=True)

    def __init__(self, exercise_id, prompt, options, *, draw, choices, alt, table, look, hint, required):
        if not choices:
            raise ExerciseError(exercise_id, "chưa có biểu đồ nào (choices=).")
        drawn = [
            {
                "key": str(key),
                "label": plain(label),
                "svg": draw_svg(draw, key),
                "alt": plain(_of(alt, key)),
                "table": _table(exercise_id, _of(table, key)),
            }
            for key, label in choices
        ]
        if not all(chart["alt"] for chart in drawn):
            raise ExerciseError(exercise_id, "mỗi biểu đồ cần một lời tả (alt=).")
        super().__init__(exercise_id, prompt, options, hint=hint, required=required)
        self.look, self.charts = plain(look), drawn


def draw_svg(draw: Callable[[str], object], choice: str) -> str:
    """The figure of `draw(choice)` as SVG, drawn in the kit's style."""
    import matplotlib

    colours = {"axes.prop_cycle": matplotlib.cycler(color=CHART_COLOURS)}
    with matplotlib.rc_context({**CHART_STYLE, **colours}):
        figure = draw(choice)
        written = io.StringIO()
        figure.savefig(written, format="svg", bbox_inches="tight", metadata=NO_METADATA)
    if "matplotlib.pyplot" in sys.modules:
        # Or the notebook would show the figure once more, below the exercise.
        sys.modules["matplotlib.pyplot"].close(figure)
    svg = written.getvalue()
    return svg[svg.index("<svg") :]


def _of(source: ByChoice, choice: str) -> object:
    return source(choice) if callable(source) else source[choice]


def _table(exercise_id: str, table: object) -> dict:
    header, rows = table
    if not rows or any(len(row) != len(header) for row in rows):
        raise ExerciseError(exercise_id, "bảng số (table=): mỗi dòng phải có đủ các cột.")
    return {"header": [plain(cell) for cell in header], "rows": [[plain(c) for c in row] for row in rows]}


def chart(
    exercise_id: str,
    prompt: str,
    options: Sequence[Option],
    *,
    draw: Callable[[str], object],
    choices: Sequence[tuple[str, str]],
    alt: ByChoice,
    table: ByChoice,
    look: str = "Chọn số liệu để xem",
    hint: str | None = None,
    required: bool = True,
) -> Chart:
    """«Xem biểu đồ»: charts to look through, then `prompt`, a question with one right option.

    `draw(key)` returns a matplotlib Figure for each (key, label) of `choices`. `alt` and `table` say the same
    for who can't see it: a sentence, and (header, rows); each a dict by key or a function of the key.
    """
    return Chart(
        exercise_id,
        prompt,
        options,
        draw=draw,
        choices=choices,
        alt=alt,
        table=table,
        look=look,
        hint=hint,
        required=required,
    )
