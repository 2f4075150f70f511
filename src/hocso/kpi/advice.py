"""What to do before the next report is due, the most pressing first."""

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from hocso.records.clock import VIETNAM

from .closing import last_closed
from .facts import Facts
from .figures import NO_POPULATION, figures_table
from .indicators import INDICATORS
from .standing import count

HAMLETS_NAMED = 3


@dataclass(frozen=True)
class Advice:
    """Something to do; `indicator` is its code, "" for the report itself; `path`: the page to do it on."""

    indicator: str
    words: str
    path: str


def advice(facts: Facts, stands: pd.DataFrame) -> list[Advice]:
    """What the figures of a period and `standing(facts)` ask for: populations and holidays to enter, rates to
    look at again, documents to publish, whom to teach next."""
    whole = figures_table(facts)
    whole = whole[whole["span"] == "total"].set_index("indicator")
    by_hamlet = figures_table(facts, "hamlet")
    by_hamlet = by_hamlet[(by_hamlet["span"] == "total") & (by_hamlet["by"] == "hamlet")]
    stands = stands.set_index("indicator")
    return [
        *_populations(whole),
        *_holidays(facts),
        *_above_hundred(whole, by_hamlet),
        *_documents(facts),
        *_people(facts, stands, by_hamlet),
        *_report(facts),
    ]


def _populations(whole: pd.DataFrame):
    lacking = [
        one.code
        for one in INDICATORS
        if one.of_people and whole.loc[one.code, "note"].startswith(NO_POPULATION)
    ]
    if lacking:
        words = f"Nhập dân số còn thiếu, để {', '.join(lacking)} tính được tỉ lệ."
        yield Advice(lacking[0], words, "/can-bo/dan-so")


def _holidays(facts: Facts):
    year = facts.period.year
    if not facts.working_days.has_holidays(year):
        words = f"Nhập ngày nghỉ lễ năm {year}: nay hạn đăng văn bản chỉ trừ thứ bảy, chủ nhật."
        yield Advice("K2", words, f"/can-bo/so/ngay-nghi/nam?nam={year}")


def _above_hundred(whole: pd.DataFrame, by_hamlet: pd.DataFrame):
    for one in INDICATORS:
        places = by_hamlet[(by_hamlet["indicator"] == one.code) & by_hamlet["flagged"]]["label"].tolist()
        if places or whole.loc[one.code, "flagged"]:
            where = f" ở {', '.join(places[:HAMLETS_NAMED])}" if places else ""
            words = (
                f"{one.code} nhiều hơn mẫu số{where}: xem lại dân số, và xem có ai ghi nhầm ấp, nhầm nhóm."
            )
            yield Advice(one.code, words, "/can-bo/dan-so" if one.of_people else "/can-bo/so")


def _documents(facts: Facts):
    documents = next(one for one in INDICATORS if one.code == "K2")
    documents = facts.units(documents)
    late = int((~documents["counted"] & ~documents["pending"] & documents["at"].isna()).sum())
    waiting = int(documents["pending"].sum())
    if late:
        words = f"Đăng {count(late)} văn bản đã quá hạn lên trang của xã, rồi ghi ngày đăng vào sổ."
        yield Advice("K2", words, "/can-bo/so/van-ban")
    if waiting:
        words = f"Đăng {count(waiting)} văn bản còn trong hạn."
        yield Advice("K2", words, "/can-bo/so/van-ban")


def _people(facts: Facts, stands: pd.DataFrame, by_hamlet: pd.DataFrame):
    """Of indicators that are due and below their target; documents were said."""
    for one in INDICATORS:
        stand = stands.loc[one.code]
        if one.code == "K2" or not one.due_in(facts.period.year) or pd.isna(stand["wanted"]):
            continue
        missing = int(stand["wanted"]) - int(stand["numerator"])
        if missing <= 0:
            continue
        where = ""
        if one.by_hamlet:
            places = by_hamlet[by_hamlet["indicator"] == one.code]
            open_ones = (places["population"] - places["numerator"]).fillna(0)
            furthest = places.assign(open=open_ones)[open_ones > 0].sort_values(
                "open", ascending=False, kind="stable"
            )
            named = [f"{row.label} ({count(row.open)})" for row in furthest.head(HAMLETS_NAMED).itertuples()]
            where = f" Nhiều nhất ở {', '.join(named)}." if named else ""
        words = f"{one.code}: còn {count(missing)} {one.unit} nữa thì đạt mức.{where}"
        yield Advice(one.code, words, f"/can-bo/chi-tieu/{one.code}?ky={facts.period.name}")


def _report(facts: Facts):
    due = facts.period.until + timedelta(days=1)
    path = f"/can-bo/chi-tieu?ky={facts.period.name}"
    closed = last_closed(facts.session, facts.period)
    if closed is not None:
        closed_on = f"{closed.closed_at.astimezone(VIETNAM):%d/%m/%Y}"
        words = f"Số liệu kỳ này đã chốt ngày {closed_on}. Nộp báo cáo trước {due:%d/%m/%Y}."
        yield Advice("", words, path)
    elif facts.day > facts.period.until:
        yield Advice("", f"Chốt số liệu và nộp báo cáo kỳ này (hạn trước {due:%d/%m/%Y}).", path)
    else:
        left = (due - facts.day).days
        yield Advice(
            "", f"Còn {left} ngày đến hạn báo cáo (trước {due:%d/%m/%Y}). Xem lại số liệu rồi chốt.", path
        )
