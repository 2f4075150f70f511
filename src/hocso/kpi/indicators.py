"""The indicators of the commune's plan, part I.2, and two of the campaign's own: each says in words what it
counts and gives its units.

`units(facts)` is a DataFrame of all that could be counted, one row a person, document, task or business: id,
hamlet_id (NA where there is none), group, counted, pending (not yet due: in no count), at (UTC, when it was
reached first; NaT where it was not), in_period (reached in the period, as `in_period_words` says).
"""

from collections.abc import Iterable
from datetime import date

import pandas as pd
from sqlalchemy import func, or_, select

from hocso.records import (
    Business,
    BusinessPerson,
    Document,
    Learner,
    RecordsError,
    ScienceTask,
    Target,
    settings,
)
from hocso.records.learners import GROUPS
from hocso.records.populations import COMMUNICATORS

from .facts import MOMENT, Denominator, Facts, moments

UNIT_COLUMNS = ["id", "hamlet_id", "group", "counted", "pending", "at", "in_period"]
ADULT = 18
ADULT_GROUPS = tuple(group for group in GROUPS if group != "hoc-sinh")
WHOLE_COMMUNE = "Toàn xã"


class UnknownIndicator(RecordsError):
    """A code that is no indicator's."""


class Indicator:
    """What an indicator is, in the words that staff read, and how it is counted.

    `target`: share (0 to 1) that the plan asks for, None where it asks for none; `years`: those for which it
    asks; `own_target`: `Target` rows hold; `track_wise`: it can be divided by track; `belongs_to_period`: the
    period's population is what came in the period, not all there is at its end.
    """

    code: str
    title: str
    unit: str
    population_words: str
    formula: str
    evidence: str
    not_evidence: str
    in_period_words: str
    source: str
    years: tuple[int, int] | None = None
    target: float | None = 1.0
    own_target = False
    of_people = False
    groups: tuple[str, ...] = ()
    track: str | None = None
    by_hamlet = False
    track_wise = False
    belongs_to_period = False

    def units(self, facts: Facts, track: str | None = None) -> pd.DataFrame:
        raise NotImplementedError

    def population(self, facts: Facts, settled: int, hamlet: str | None, group: str | None) -> Denominator:
        """The denominator: of people from the populations that staff keep, else the register's rows, of which
        `settled` are."""
        if self.of_people:
            return facts.population(self.population_groups(group), hamlet)
        return Denominator(settled, "", "")

    def notes(self, facts: Facts) -> list[str]:
        """What is to be known of all its figures, in sentences."""
        return []

    def target_in(self, facts: Facts) -> float | None:
        """The target that holds in the period's year, as a share."""
        if not self.own_target:
            return self.target
        own = facts.session.scalar(
            select(Target.share)
            .where(Target.indicator == self.code, Target.year <= facts.period.year)
            .order_by(Target.year.desc(), Target.recorded_at.desc(), Target.id)
            .limit(1)
        )
        return self.target if own is None else own

    def due_in(self, year: int) -> bool:
        """Whether the plan asks for it in that year already."""
        return self.years is None or year >= self.years[0]

    @property
    def years_label(self) -> str:
        return "hằng năm" if self.years is None else f"{self.years[0]}–{self.years[1]}"

    def in_words(self) -> dict[str, str]:
        """What it counts: heading -> text."""
        return {
            "Mẫu số": self.population_words,
            "Cách tính": self.formula,
            "Được tính": self.evidence,
            "Không tính": self.not_evidence,
            "Trong kỳ": self.in_period_words,
            "Áp dụng": self.years_label,
            "Nguồn": self.source,
        }

    def population_groups(self, group: str | None) -> Iterable[str]:
        """The groups whose populations are its denominator, or that of one of its groups."""
        return self.groups if group is None else (group,)


class OfPeople(Indicator):
    """An indicator whose units are people who completed a track."""

    unit = "người"
    in_period_words = "Hoàn thành bài cuối cùng của chương trong kỳ."
    of_people = True
    by_hamlet = True
    track_wise = True

    def units(self, facts, track=None):
        people = self._among(facts.people, facts)
        done = facts.completed
        at = done[done["track"] == (track or self.track)].set_index("id")["at"]
        return _people_units(people, at, facts)

    def _among(self, people: pd.DataFrame, facts: Facts) -> pd.DataFrame:
        return people[people["group"].isin(self.groups)]


class Officials(OfPeople):
    code = "K1"
    title = "Cán bộ, công chức, viên chức, người lao động được phổ biến Nghị quyết 57"
    population_words = (
        "Số cán bộ, công chức, viên chức, người lao động trong các cơ quan, đơn vị của xã, "
        "theo bảng dân số nhóm cán bộ (can-bo)."
    )
    formula = "Số người thuộc nhóm cán bộ đã hoàn thành chương Nghị quyết 57, chia cho số người của nhóm."
    evidence = "Hoàn thành mọi bài của chương «nghi-quyet-57»: xong bài tập bắt buộc và đạt bài kiểm tra."
    not_evidence = "Mới mở bài, mới học một phần, hoặc chỉ có tên trong danh sách dự hội nghị thì chưa tính."
    source = "Kế hoạch của xã, mục I.2.a, ý thứ hai"
    years = (2026, 2027)
    groups = ("can-bo",)
    track = "nghi-quyet-57"


class Residents(OfPeople):
    code = "K3"
    title = "Người dân được tiếp cận thông tin về khoa học, công nghệ, đổi mới sáng tạo, chuyển đổi số"
    population_words = "Dân số của xã: cộng cả bốn nhóm trong bảng dân số."
    formula = "Số người dân có ít nhất một bằng chứng tiếp cận, mỗi người một lần, chia cho dân số."
    evidence = (
        "Đã mở một bài học hoặc làm bài kiểm tra trên Học Số (có ghi nhận), "
        "hoặc có tên trong danh sách dự một hoạt động truyền thông trong sổ."
    )
    not_evidence = (
        "Lượt nghe loa, lượt xem Zalo, trang thông tin, video không cộng vào đây vì không biết trùng người; "
        "các lượt ấy báo riêng theo kênh. Chỉ điểm danh ở lớp mà chưa mở bài nào thì chưa tính."
    )
    in_period_words = (
        "Có ít nhất một bằng chứng trong kỳ, kể cả người đã được tính từ kỳ trước; vì vậy số của các kỳ cộng "
        "lại có thể lớn hơn số từ đầu đến hết kỳ. Ngày được tiếp cận của một người là ngày của bằng chứng "
        "đầu tiên."
    )
    source = "Kế hoạch của xã, mục I.2.c, ý thứ hai"
    years = (2028, 2030)
    target = 0.8
    groups = tuple(GROUPS)

    def units(self, facts, track=None):
        reached = facts.reached if track is None else facts.reached_by_track(track)
        units = _people_units(facts.people, reached["at"], facts)
        return units.assign(in_period=reached["in_period"].reindex(units["id"], fill_value=False).to_numpy())


class Communicators(OfPeople):
    code = "K4"
    title = "Cán bộ truyền thông cơ sở được đào tạo kỹ năng truyền thông số"
    population_words = (
        "Số người làm truyền thông ở cơ sở, theo bảng dân số nhóm truyền thông (truyen-thong). "
        "Họ đồng thời thuộc một trong bốn nhóm kia, nên nhóm này không cộng vào dân số."
    )
    formula = (
        "Số người được đánh dấu làm truyền thông cơ sở đã hoàn thành chương Truyền thông số, "
        "chia cho số người làm truyền thông cơ sở."
    )
    evidence = "Hoàn thành mọi bài của chương «truyen-thong-so»."
    not_evidence = (
        "Người học xong chương này nhưng không được đánh dấu làm truyền thông cơ sở thì không tính."
    )
    source = "Kế hoạch của xã, mục I.2.c, ý thứ ba"
    years = (2028, 2030)
    target = 0.8
    track = "truyen-thong-so"

    def _among(self, people, facts):
        return people[people["communicator"].astype(bool)]

    def population_groups(self, group):
        return (COMMUNICATORS,)


class Adults(OfPeople):
    code = "B1"
    title = "Người lớn hoàn thành chương Kỹ năng số cơ bản (Bình dân học vụ số)"
    population_words = (
        "Số người lớn: cộng ba nhóm người dân, cán bộ, người lao động trong bảng dân số; "
        "không có học sinh, sinh viên."
    )
    formula = "Số người lớn đã hoàn thành chương Kỹ năng số cơ bản, chia cho số người lớn."
    evidence = (
        f"Hoàn thành mọi bài của chương «ky-nang-so»; trong năm của kỳ báo cáo đủ {ADULT} tuổi trở lên "
        "và không thuộc nhóm học sinh, sinh viên."
    )
    not_evidence = "Hoàn thành vài bài của chương; học sinh, sinh viên; người chưa đủ tuổi."
    source = "Kế hoạch của xã, mục II.1.c; phong trào Bình dân học vụ số"
    own_target = True
    groups = ADULT_GROUPS
    track = "ky-nang-so"

    def _among(self, people, facts):
        adult = facts.period.year - people["birth_year"] >= ADULT
        return people[people["group"].isin(self.groups) & adult]


class Documents(Indicator):
    code = "K2"
    title = "Văn bản về Nghị quyết 57 được đăng kịp thời trên Trang thông tin điện tử của xã"
    unit = "văn bản"
    population_words = "Văn bản đã nhận, ghi trong sổ văn bản; văn bản còn trong hạn đăng thì chưa đưa vào."
    formula = "Số văn bản đăng trong hạn, chia cho số văn bản đã nhận và đã đăng hoặc đã hết hạn."
    evidence = (
        "Ngày đăng trong sổ không muộn hơn hạn. Hạn là số ngày làm việc đã đặt (publish_within_days, "
        "ban đầu là 5), đếm từ ngày làm việc liền sau ngày nhận, trừ thứ bảy, chủ nhật và ngày nghỉ trong sổ."
    )
    not_evidence = "Đăng muộn hạn; hết hạn mà sổ chưa ghi ngày đăng."
    in_period_words = "Văn bản nhận trong kỳ, dù đăng khi nào."
    source = "Kế hoạch của xã, mục I.2.a, ý thứ ba"
    years = (2026, 2027)
    belongs_to_period = True

    def units(self, facts, track=None):
        return _units(
            {
                "id": row.id,
                "counted": row.published is not None and row.published <= row.deadline,
                "pending": row.published is None and facts.day <= row.deadline,
                "at": row.published,
                "in_period": facts.period.holds(row.received),
            }
            for row in self.dates(facts).itertuples()
        )

    def dates(self, facts: Facts) -> pd.DataFrame:
        """Of each document id, received, deadline, published (dates; None: not by the facts' day)."""
        rows = facts.session.execute(
            select(Document.id, Document.received_on, Document.published_on).where(
                Document.removed_at.is_(None), Document.received_on <= facts.period.until
            )
        )
        working, within = facts.working_days, int(settings.get(facts.session, "publish_within_days"))
        dates = [
            (id, received, working.after(received, within), _if_come(published, facts.day))
            for id, received, published in rows
        ]
        return pd.DataFrame(dates, columns=["id", "received", "deadline", "published"], dtype="object")

    def notes(self, facts):
        # From 15/12 to the end of a year there is no holiday: the other year of a period does not matter.
        year = facts.period.year
        if facts.units(self).empty or facts.working_days.has_holidays(year):
            return []
        return [f"Năm {year} chưa nhập ngày nghỉ lễ: hạn tính chỉ trừ thứ bảy, chủ nhật."]


class ScienceTasks(Indicator):
    code = "K5"
    title = "Nhiệm vụ khoa học, công nghệ dùng ngân sách được truyền thông"
    unit = "nhiệm vụ"
    population_words = (
        "Nhiệm vụ dùng ngân sách nhà nước đã bắt đầu, ghi trong sổ; không có nhiệm vụ thuộc bí mật nhà nước."
    )
    formula = "Số nhiệm vụ đã được truyền thông, chia cho số nhiệm vụ."
    evidence = "Sổ ghi ngày truyền thông, không muộn hơn ngày cuối kỳ."
    not_evidence = "Nhiệm vụ chưa ghi ngày truyền thông. Nhiệm vụ bí mật nhà nước không có trong cả hai số."
    in_period_words = "Ngày truyền thông ở trong kỳ."
    source = "Kế hoạch của xã, mục I.2.c, ý thứ nhất"
    years = (2028, 2030)

    def units(self, facts, track=None):
        last_day = facts.last_day
        rows = facts.session.execute(
            select(ScienceTask.id, ScienceTask.communicated_on).where(
                ScienceTask.removed_at.is_(None), ~ScienceTask.is_secret, ScienceTask.begun_on <= last_day
            )
        )
        tasks = [(id, _if_come(day, last_day)) for id, day in rows]
        return _units(
            {"id": id, "counted": day is not None, "at": day, "in_period": facts.period.holds(day)}
            for id, day in tasks
        )


class Businesses(Indicator):
    code = "B2"
    title = "Doanh nghiệp, cơ sở nông nghiệp, dịch vụ có người hoàn thành chương dành cho doanh nghiệp"
    unit = "cơ sở"
    population_words = (
        "Doanh nghiệp, hợp tác xã, trang trại, cơ sở dịch vụ trong sổ, còn hoạt động vào cuối kỳ."
    )
    formula = "Số cơ sở có ít nhất một người hoàn thành chương, chia cho số cơ sở."
    evidence = (
        "Một người được ghi là làm việc tại cơ sở đã hoàn thành mọi bài của chương "
        "«doanh-nghiep-nong-nghiep»."
    )
    not_evidence = "Nhiều người của một cơ sở cùng hoàn thành thì cơ sở vẫn tính một lần."
    in_period_words = "Người đầu tiên của cơ sở hoàn thành chương trong kỳ."
    source = "Kế hoạch của xã, mục II.2"
    target = None
    own_target = True
    track = "doanh-nghiep-nong-nghiep"
    by_hamlet = True
    track_wise = True

    def units(self, facts, track=None):
        until = facts.period.until
        rows = facts.session.execute(
            select(Business.id, Business.hamlet_id).where(
                Business.removed_at.is_(None),
                Business.since <= until,
                or_(Business.until.is_(None), Business.until > until),
            )
        )
        businesses = pd.DataFrame([tuple(row) for row in rows], columns=["id", "hamlet_id"])
        at = self.workers(facts, track).groupby("business")["at"].min().dropna()
        return _units_at(businesses.assign(group=None), at, facts)

    def workers(self, facts: Facts, track: str | None = None) -> pd.DataFrame:
        """Who works where: business, id (of the person), at (when they completed the track; NaT: not yet)."""
        rows = facts.session.execute(
            select(BusinessPerson.business_id, func.coalesce(Learner.merged_into, Learner.id))
            .join(Learner, Learner.id == BusinessPerson.learner_id)
            .where(BusinessPerson.removed_at.is_(None))
            .distinct()
        )
        people = pd.DataFrame([tuple(row) for row in rows], columns=["business", "id"], dtype="object")
        done = facts.completed
        done = done[done["track"] == (track or self.track)]
        return people.merge(done[["id", "at"]], on="id", how="left")


def indicator(code: str) -> Indicator:
    """The indicator with that code, in capitals or not. Raises UnknownIndicator."""
    for one in INDICATORS:
        if one.code == (code or "").strip().upper():
            return one
    codes = ", ".join(one.code for one in INDICATORS)
    raise UnknownIndicator(f"Không có chỉ tiêu này. Các chỉ tiêu: {codes}.")


def _people_units(people: pd.DataFrame, at: pd.Series, facts: Facts) -> pd.DataFrame:
    people = people[["hamlet_id", "group"]].rename_axis("id").reset_index()
    return _units_at(people, at, facts)


def _units_at(things: pd.DataFrame, at: pd.Series, facts: Facts) -> pd.DataFrame:
    """Units of `things` (id, hamlet_id, group), counted where `at`, by id, has a moment."""
    at = at.reindex(things["id"]).set_axis(things.index).astype(MOMENT)
    units = things.assign(counted=at.notna(), pending=False, at=at, in_period=at >= facts.period.start)
    return units[UNIT_COLUMNS]


def _if_come(day: date | None, last_day: date) -> date | None:
    """`day`, None where it is after the last one that counts."""
    return day if day is not None and day <= last_day else None


def _units(rows: Iterable[dict]) -> pd.DataFrame:
    """Units of a register, whose `at` are days; what is not said is empty or no."""
    units = pd.DataFrame(list(rows), columns=UNIT_COLUMNS)
    flags = {name: units[name].eq(True) for name in ("counted", "pending", "in_period")}
    return units.assign(at=moments(units["at"].astype("object")), **flags)


INDICATORS: tuple[Indicator, ...] = (
    Officials(),
    Documents(),
    Residents(),
    Communicators(),
    ScienceTasks(),
    Adults(),
    Businesses(),
)
