"""Who is in a class, of those who are expected and of others: ticked by the trainer, written from paper,
registered on the spot, taken out again."""

from hocso.records import (
    AlreadyRegistered,
    ClassRefused,
    InvalidLearner,
    classes,
    expected,
    hamlets,
    learners,
)
from hocso.records.learners import CONSENT_WORDING

from .trainer import FindByName, TrainerPage

FIELDS = ("full_name", "birth_year", "hamlet_id", "group", "phone", "consent")


class AttendancePage(TrainerPage):
    def running(self, session, class_id):
        """A class of this trainer's that has begun; it may have ended. Raises Refused and ClassRefused."""
        one = self.own_class(session, class_id)
        classes.require_begun(one)
        return one

    def how(self, one) -> str:
        """ "paper" where the trainer says so, and always after the end."""
        return "paper" if one.state == "ended" or self.get_argument("giay", "") == "1" else "list"

    def agreed(self, session, who) -> bool:
        """Whether somebody has agreed to be kept, under whichever of their entries."""
        return who.consent_at is not None or learners.has_agreed(session, who.id)

    def show_page(self, class_id, *, text="", found=None, ticked=(), error=None):
        """The page; `found`: the learners that a search gave, None before one."""
        with self.reading() as session:
            one = self.own_class(session, class_id)
            roll = expected.roll(session, class_id)
            gone = classes.attendance(session, class_id, taken_out=True)
            awaited = [entry.person for entry in roll if entry.attendance is None]
            known = classes.known_to(session, self.me, not_in=class_id)
            offered = (*awaited, *known, *(found or ()))
            unasked = {who.id for who in offered if not self.agreed(session, who)}
        in_class = {entry.person.id for entry in roll if entry.attendance is not None}
        above = {who.id for who in found or ()}
        absent = {who.id for who in awaited}
        choices = {
            "found": None if found is None else [who for who in found if who.id not in in_class],
            "awaited": [who for who in awaited if who.id not in above],
            "known": [who for who in known if who.id not in above | absent],
        }
        self.show(
            "attendance.html",
            one=one,
            roll=roll,
            here=len(in_class),
            absent=len(absent),
            gone=gone,
            **choices,
            already=[who for who in found or () if who.id in in_class],
            unasked=unasked - in_class,
            consent=CONSENT_WORDING,
            text=text,
            ticked=set(ticked),
            paper=self.how(one) == "paper",
            error=error,
        )


class ClassAttendance(AttendancePage):
    async def get(self, class_id):
        await self.note_look(class_id, "diem-danh")
        self.show_page(class_id)


class FindForClass(FindByName, AttendancePage):
    reason = "điểm danh"
    searched = AttendancePage.running


class TickInClass(AttendancePage):
    """Note that those who are ticked are, or were, in the class."""

    async def post(self, class_id):
        chosen = list(dict.fromkeys(self.get_arguments("nguoi")))
        agreed = self.get_argument("dong-y", "") == "1"
        try:
            async with self.writing() as session:
                one = self.running(session, class_id)
                self._tick(session, one, chosen, agreed)
        except ClassRefused as refused:
            self.set_status(409)
            with self.reading() as session:
                found = [learners.get(session, learner_id) for learner_id in chosen]
            self.show_page(class_id, found=found or None, ticked=chosen, error=str(refused))
            return
        self.flash(f"Đã ghi {len(chosen)} người có mặt.")
        self.redirect(f"/giang-vien/lop/{class_id}/diem-danh")

    def _tick(self, session, one, chosen, agreed):
        if not chosen:
            raise ClassRefused("Chưa đánh dấu ai. Mời đánh dấu vào ô trước tên.")
        asked = [who for who in chosen if not learners.has_agreed(session, who)]
        if asked and not agreed:
            raise ClassRefused(
                f"Có {len(asked)} người chưa đồng ý cho xã lưu thông tin. Mời đọc lời đồng ý cho họ nghe; "
                "họ đồng ý thì đánh dấu vào ô ở cuối, không thì bỏ dấu trước tên họ."
            )
        for learner_id in asked:
            learners.agree(session, learner_id, CONSENT_WORDING)
        for learner_id in chosen:
            classes.check_in(session, one.id, learner_id, how=self.how(one), recorded_by=self.me)


class RegisterInClass(AttendancePage):
    """Somebody who is here without a phone; a PIN comes later, on a card."""

    def get(self, class_id):
        self._show(class_id, dict.fromkeys(FIELDS, "") | {"group": "nguoi-dan"}, None)

    def _show(self, class_id, form, error):
        with self.reading() as session:
            one = self.running(session, class_id)
            places = [(place.id, place.name) for place in hamlets.listed(session)]
        self.show(
            "attendance_register.html",
            one=one,
            form=form,
            error=error,
            hamlets=places,
            groups=learners.GROUPS,
            consent=CONSENT_WORDING,
            paper=self.how(one) == "paper",
        )

    async def post(self, class_id):
        form = {name: self.get_argument(name, "").strip() for name in FIELDS}
        try:
            if form["consent"] != "yes":
                raise InvalidLearner("consent", "Cần đánh dấu là người học đã đồng ý thì mới được lưu tên.")
            async with self.writing() as session:
                one = self.running(session, class_id)
                learner = learners.register(
                    session,
                    full_name=form["full_name"],
                    birth_year=form["birth_year"],
                    hamlet_id=form["hamlet_id"],
                    group=form["group"],
                    pin=None,
                    phone=form["phone"] or None,
                    consent_wording=CONSENT_WORDING,
                )
                classes.check_in(session, class_id, learner.id, how=self.how(one), recorded_by=self.me)
        except (InvalidLearner, AlreadyRegistered) as error:
            self.set_status(409 if isinstance(error, AlreadyRegistered) else 400)
            self._show(class_id, form, str(error))
            return
        self.flash(f"Đã ghi tên và điểm danh {learner.full_name}. Muốn có mã PIN thì in thẻ cho lớp.")
        self.redirect(f"/giang-vien/lop/{class_id}/diem-danh")


class TakeOut(AttendancePage):
    async def post(self, class_id, learner_id):
        async with self.writing() as session:
            self.own_class(session, class_id)
            classes.take_out(session, class_id, learner_id)
            name = learners.get(session, learner_id).full_name
        self.flash(
            f"Đã đưa {name} ra khỏi lớp. Bài đã làm vẫn được giữ. Lỡ tay thì bấm «Đưa vào lại» ở cuối."
        )
        self.redirect(f"/giang-vien/lop/{class_id}/diem-danh")


class PutBack(AttendancePage):
    async def post(self, class_id, learner_id):
        async with self.writing() as session:
            self.own_class(session, class_id)
            classes.put_back(session, class_id, learner_id)
            name = learners.get(session, learner_id).full_name
        self.flash(f"Đã đưa {name} vào lại lớp.")
        self.redirect(f"/giang-vien/lop/{class_id}/diem-danh")


def routes(uuid):
    here = rf"/giang-vien/lop/{uuid}/diem-danh"
    return [
        (here, ClassAttendance),
        (rf"{here}/tim", FindForClass),
        (rf"{here}/co-mat", TickInClass),
        (rf"{here}/ghi-ten", RegisterInClass),
        (rf"{here}/{uuid}/dua-ra", TakeOut),
        (rf"{here}/{uuid}/dua-vao", PutBack),
    ]
