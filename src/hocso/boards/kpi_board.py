"""The staff's board: where each indicator stands, by hamlet and group, over time, and what to do next."""

import asyncio
from datetime import date
from html import escape
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from hocso.learn.api import Api

from . import charts, visits
from .page import PLAIN, number, picture, status, table

WAITING = "Đang tính số liệu. Xã đông người thì mất vài giây."
LOST = "Không lấy được số liệu. Mời tải lại trang; nếu vẫn vậy, xem máy chủ còn chạy không."
STATUSES = {
    "reached": "✓ đạt",
    "missed": "✗ chưa đạt",
    "not-due": "chưa đến kỳ",
    "unknown": "chưa tính được",
    "empty": "không có gì để tính",
    "no-target": "chưa đặt mức",
    "tracked": "theo dõi",
}
WHOLE = "Toàn xã"
ALWAYS_NOW = "Đường theo thời gian và dự báo tính theo ghi chép bây giờ, không phải lúc chốt."


class KpiBoard:
    """All widgets of the board; `run` fills them. Kept apart from its notebook, so that it can be tested."""

    def __init__(self):
        self.api: Api | None = None
        self.data: dict[str, Any] = {}
        self.said = widgets.HTML(status(WAITING))
        self.period = widgets.Dropdown(description="Kỳ báo cáo", options=[], style=PLAIN)
        self.again = widgets.Button(description="Tính lại ngay")
        self.indicator = widgets.Dropdown(description="Chỉ tiêu", options=[], style=PLAIN)
        self.hamlet = widgets.Dropdown(description="Ấp", options=[(WHOLE, "")], style=PLAIN)
        self.phones = widgets.Checkbox(description="Kèm số điện thoại", indent=False)
        self.call = widgets.Button(description="Xem danh sách")
        self.parts = {
            name: widgets.HTML()
            for name in (
                "advice",
                "overview",
                "course",
                "hamlets",
                "groups",
                "channels",
                "definition",
                "missing",
            )
        }
        self.period.observe(self._other_period, "value")
        self.indicator.observe(lambda _change: self._draw_indicator(), "value")
        self.hamlet.observe(lambda _change: self._hide_names(), "value")
        self.again.on_click(lambda _button: visits.start(self, self.load(self.period.value, anew=True)))
        self.call.on_click(lambda _button: visits.start(self, self.show_missing()))
        self._filling = False

    def show(self, *names: str) -> None:
        """Put parts of the board where a cell of the notebook stands."""
        for name in names:
            display(self.parts[name] if name in self.parts else getattr(self, name))

    async def run(self, api: Api, context: dict) -> None:
        """Called in the visitor's kernel: `context` has the period to begin with."""
        self.api = api
        await self.load(context["period"])

    async def load(self, period: str | None, anew: bool = False) -> None:
        """Ask for the figures of a period and show them."""
        self._say(WAITING)
        answer = await asyncio.to_thread(self.api.get, f"bang/chi-tieu?ky={period}&moi={int(anew)}")
        if answer.status != 200:
            self._say(answer.body.get("message") or LOST)
            return
        self.data = answer.body
        self._fill()

    def _fill(self) -> None:
        data = self.data
        self._keep(self.period, [(label, name) for name, label in data["periods"]], data["period"])
        codes = [(f"{code}. {one['title']}", code) for code, one in data["definitions"].items()]
        self._keep(self.indicator, codes, self.indicator.value or self._first_due())
        places = [(row["label"], row["key"]) for row in data["figures"]["hamlet"] if row["by"] == "hamlet"]
        self._keep(self.hamlet, [(WHOLE, ""), *dict.fromkeys(places)], self.hamlet.value or "")
        self._draw_whole()
        self._draw_indicator()
        self._say(_state(data))

    def _first_due(self) -> str:
        due = [row["indicator"] for row in self.data["figures"][""] if row["status"] in ("missed", "unknown")]
        return due[0] if due else next(iter(self.data["definitions"]))

    def _draw_whole(self) -> None:
        data, stands = self.data, self.data["standing"]
        total = {row["indicator"]: row for row in data["figures"][""] if row["span"] == "total"}
        in_period = {row["indicator"]: row for row in data["figures"][""] if row["span"] == "period"}
        self.parts["advice"].value = _advice(data["advice"])
        shown = [stand for stand in stands if total[stand["indicator"]]["status"] != "not-due"]
        drawing = charts.bars(
            [stand["indicator"] for stand in shown],
            [total[stand["indicator"]]["rate"] for stand in shown],
            [total[stand["indicator"]]["rate_shown"] for stand in shown],
            [total[stand["indicator"]]["target"] for stand in shown],
            [
                stand["expected"] / stand["population"] if stand["expected"] is not None else None
                for stand in shown
            ],
        )
        alt = "Tỉ lệ từng chỉ tiêu đến hạn, mức phải đạt, chỗ phải tới hôm nay. Số ở bảng bên dưới."
        rows = [
            [
                f"{code}. {row['title']}",
                number(in_period[code]["numerator"]),
                number(row["numerator"]),
                number(row["population"]),
                row["rate_shown"] + (" !" if row["flagged"] else ""),
                row["target_shown"],
                STATUSES[row["status"]],
            ]
            for code, row in total.items()
        ]
        header = ["Chỉ tiêu", "Trong kỳ", "Từ đầu", "Mẫu số", "Tỉ lệ", "Phải đạt", "So với mức"]
        words = "".join(
            f"<li><strong>{stand['indicator']}.</strong> {escape(stand['position'])} "
            f"{escape(stand['forecast'])} {escape(total[stand['indicator']]['note'])}</li>"
            for stand in stands
        )
        self.parts["overview"].value = (
            '<p class="hint">Thanh gạch chéo: đã đạt. Vạch đen: mức phải đạt. Hình thoi trắng: chỗ phải tới '
            "hôm nay nếu đi đều. Dấu ! là số đã đạt nhiều hơn mẫu số, cần xem lại.</p>"
            + picture(drawing, alt)
            + table(f"Các chỉ tiêu, {data['label']}", header, rows, figures=6)
            + f"<ul>{words}</ul>"
            + _changes(data)
        )
        self.parts["channels"].value = table(
            "Lượt tiếp cận trong kỳ theo kênh, do nơi tổ chức báo, không cộng vào K3",
            ["Kênh", "Hoạt động", "Lượt", "Chưa báo số lượt"],
            [
                [row["label"], number(row["activities"]), number(row["reach"]), number(row["unreported"])]
                for row in data["channels"]
                if row["span"] == "period"
            ],
            figures=3,
        )

    def _draw_indicator(self) -> None:
        code = self.indicator.value
        if not self.data or code is None or self._filling:
            return
        about = self.data["definitions"][code]
        stand = next(one for one in self.data["standing"] if one["indicator"] == code)
        self.parts["definition"].value = (
            f"<p><strong>{code}. {escape(about['title'])}</strong> ({about['years']}). "
            f"{escape(about['formula'])} {escape(about['evidence'])}</p>"
        )
        self.parts["course"].value = self._course(code, stand, about["unit"])
        self.parts["hamlets"].value = self._broken_down(code, "hamlet", "ấp")
        self.parts["groups"].value = self._broken_down(code, "group", "nhóm")
        self._hide_names()

    def _course(self, code: str, stand: dict, unit: str) -> str:
        points = [row for row in self.data["timeline"] if row["indicator"] == code]
        if not points:
            return (
                f'<p class="hint">{code}: chưa có {unit} nào được tính nên chưa vẽ được theo thời gian.</p>'
            )
        days = [date.fromisoformat(row["day"]) for row in points]
        counts = [row["count"] for row in points]
        dated = stand | {name: date.fromisoformat(stand[name]) for name in ("since", "due")}
        months = [row for row in self.data["months"] if row["indicator"] == code]
        alt = (
            f"{code} theo thời gian: {number(counts[0])} rồi {number(counts[-1])} {unit}. {stand['position']}"
        )
        return (
            picture(charts.over_time(days, counts, dated), alt)
            + f"<p>{escape(stand['position'])} {escape(stand['forecast'])}</p>"
            + (f'<p class="hint">{ALWAYS_NOW}</p>' if self.data["closed"] else "")
            + table(
                f"{code}, đến cuối tháng ({unit})",
                ["Đến hết ngày", "Từ đầu đến khi đó"],
                [[f"{date.fromisoformat(row['day']):%d/%m/%Y}", number(row["count"])] for row in months],
                1,
            )
        )

    def _broken_down(self, code: str, by: str, word: str) -> str:
        rows = [
            row
            for row in self.data["figures"][by]
            if (row["indicator"], row["by"], row["span"]) == (code, by, "total")
        ]
        if not rows:
            return f'<p class="hint">{code} không chia theo {word}.</p>'
        drawing = charts.bars(
            *([row[name] for row in rows] for name in ("label", "rate", "rate_shown", "target"))
        )
        cells = [
            [
                row["label"],
                number(row["numerator"]),
                number(row["population"]),
                row["rate_shown"] + (" !" if row["flagged"] else ""),
            ]
            for row in rows
        ]
        # Below the table: on a phone a column of sentences makes every row as high as a page.
        notes = "".join(
            f"<li><strong>{escape(row['label'])}.</strong> {escape(row['note'])}</li>"
            for row in rows
            if row["note"]
        )
        return (
            picture(drawing, f"{code} theo {word}; số ở bảng bên dưới.")
            + table(
                f"{code} theo {word}, từ đầu đến nay",
                [word.capitalize(), "Đã đạt", "Mẫu số", "Tỉ lệ"],
                cells,
                figures=3,
            )
            + (f"<ul>{notes}</ul>" if notes else "")
        )

    async def show_missing(self) -> None:
        """Who is not counted yet, by name: each look is noted by the server."""
        code, hamlet = self.indicator.value, self.hamlet.value
        part = self.parts["missing"]
        part.value = status("Đang lấy danh sách.")
        wish = (
            f"bang/chi-tieu/{code}/con-thieu?ky={self.period.value}&ap={hamlet}&dt={int(self.phones.value)}"
        )
        answer = await asyncio.to_thread(self.api.get, wish)
        if answer.status != 200:
            part.value = f'<p class="error" role="alert">{escape(answer.body.get("message") or LOST)}</p>'
            return
        body = answer.body
        header = ["Tên", "Ấp", "Nhóm", *(["Điện thoại"] if self.phones.value else [])]
        rows = [
            [row["name"], row["hamlet"], row["group"], row["phone"]][: len(header)] for row in body["rows"]
        ]
        more = body["count"] - len(rows)
        part.value = (
            status(f"Còn {number(body['count'])} {body['unit']} chưa tính. Lần xem này đã ghi vào nhật ký.")
            + table(f"Chưa tính vào {code}", header, rows)
            + (f"<p>Còn {number(more)} dòng nữa: chọn từng ấp, hoặc tải tệp Excel.</p>" if more else "")
        )

    def _other_period(self, change: dict) -> None:
        if not self._filling and change["new"] is not None:
            visits.start(self, self.load(change["new"]))

    def _hide_names(self) -> None:
        self.parts[
            "missing"
        ].value = '<p class="hint">Bấm «Xem danh sách» để hiện tên. Mỗi lần xem được ghi lại.</p>'

    def _keep(self, choice: widgets.Dropdown, options: list, value: str) -> None:
        """New options, without asking for anything while another one is chosen for a moment."""
        self._filling = True
        choice.options = options
        choice.value = value if value in [key for _, key in options] else options[0][1]
        self._filling = False

    def _say(self, words: str) -> None:
        self.said.value = status(words)

    def fail(self) -> None:
        self._say(LOST)


def _advice(advice: list[dict]) -> str:
    items = [f'<li><a href="{escape(one["path"])}">{escape(one["words"])}</a></li>' for one in advice]
    return f"<ol>{''.join(items)}</ol>"


def _state(data: dict) -> str:
    """Whether the figures are those that were handed in, or of when."""
    if not data["closed"]:
        return f"Số liệu tính lúc {data['at']}."
    closed = data["closed"]
    return (
        f"Kỳ này đã chốt lúc {closed['at']}; các số dưới đây là số đã chốt. "
        f"Dấu kiểm của số liệu: {closed['fingerprint']}."
    )


def _changes(data: dict) -> str:
    """What a computation would give now, beside the figures that were kept."""
    if not data["closed"]:
        return ""
    if not data["changes"]:
        return f'<p class="hint">Tính lại lúc {data["at"]} vẫn đúng như bản đã chốt.</p>'
    header = ["Chỉ tiêu", "Phần", "Tính", "Số", "Đã chốt", "Tính lại"]
    keys = ("indicator", "label", "span", "figure", "then", "now")
    rows = [[row[key] for key in keys] for row in data["changes"]]
    changes = table(f"Khác bản đã chốt, tính lại lúc {data['at']}", header, rows, figures=2)
    # Folded: one hamlet's new population changes a hundred figures, and the board goes on below.
    return f"<details><summary>Có {number(len(rows))} số khác bản đã chốt</summary>{changes}</details>"


def begin() -> KpiBoard:
    """A board that is filled in each visitor's kernel."""
    board = KpiBoard()
    visits.enlist(board)
    return board
