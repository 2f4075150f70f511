"""How a learner comes in: class code or free study, their name, their PIN; and how they leave."""

from contextlib import suppress
from urllib.parse import urlencode

from hocso.records import (
    AlreadyRegistered,
    ClassRefused,
    ClassSession,
    InvalidLearner,
    cards,
    classes,
    hamlets,
    learners,
    merging,
)
from hocso.records.learners import CONSENT_WORDING
from hocso.records.secret_words import mark

from .identity import Visitor
from .page import Page, Refused, local, status_and_message

# Who gave the right PIN and has not agreed yet; good for 15 minutes.
ASKED = "hocso-dong-y"
ASKED_DAYS = 15 / (24 * 60)

LATE = "Lớp đã kết thúc trước khi bà con vào. Bà con đang học tự do."

FIELDS = ("full_name", "birth_year", "hamlet_id", "group", "phone", "pin", "pin_again", "consent")


class NoClass(Refused):
    """There is no class of the code that was given; the way in begins again, where there is another way."""


class ClassEnded(NoClass):
    """There was one."""


class SignInPage(Page):
    """A page on the way in. It carries the class code (`lop`), where to go on (`tiep`) and, for one who came
    by a card, its token (`the`)."""

    def write_error(self, status_code, **kwargs):
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, NoClass):
            self.begin_again(error.status_code, error.message)
        else:
            super().write_error(status_code, **kwargs)

    def begin_again(self, status: int, error: str) -> None:
        """The first page of the way in, with what is wrong with the code that was typed or scanned."""
        self.set_status(status)
        code = self.get_argument("lop", "").strip().upper()
        self.show("entrance.html", tiep=self.next_path(), error=error, lop=code[:12])

    def class_session(self, session):
        """The class that was named, None for free study. It has begun; it may be paused, for who is in
        already may come back. Raises NoClass for an unknown code, ClassEnded for that of an ended class,
        ClassRefused for one that has not begun."""
        code = self.get_argument("lop", "").strip()
        if not code:
            return None
        found = classes.find_by_code(session, code)
        if found is None:
            raise self._no_class(session, code)
        classes.require_begun(found)
        return found

    def _no_class(self, session, code) -> NoClass:
        ended = classes.ended_with_code(session, code)
        if ended is not None:
            at = local(ended.closed_at).strftime("%H:%M ngày %d/%m/%Y")
            return ClassEnded(
                404, f"Lớp «{ended.code}» đã kết thúc lúc {at}. Bà con vẫn vào học được: bấm «Học tự do»."
            )
        return NoClass(404, f"Không có lớp nào đang mở với mã «{code[:12]}». Mời xem lại mã trên màn chiếu.")

    def check_in(self, session, learner_id) -> str | None:
        """Note that a learner is in the class that was named; returns the class's id, None for free study and
        where it has ended since (`is_late`). Raises NoClass, and ClassRefused where the class takes nobody
        in."""
        try:
            in_class = self.class_session(session)
        except ClassEnded:
            return None
        if in_class is None:
            return None
        # Of whatever class the card is: `cards.way_in` has led it here.
        card = self.settings["cards"].read(self.get_argument("the", ""))
        is_card = card is not None and merging.is_same(session, card[0], learner_id)
        how = "card" if is_card else "self"
        classes.check_in(session, in_class.id, learner_id, how=how)
        return in_class.id

    def is_late(self, class_id: str | None) -> bool:
        """Whether the class that was named had ended before somebody was in it."""
        return class_id is None and bool(self.get_argument("lop", "").strip())

    def way(self, **values):
        """What the templates of the way in need. Raises as `class_session`, but whoever has sent a form while
        the class was ending sees it again, with all that was typed."""
        found = None
        with self.reading() as session:
            try:
                found = self.class_session(session)
            except ClassEnded:
                if self.request.method != "POST":
                    raise
        return {
            "lop": self.get_argument("lop", "").strip().upper(),
            "class_place": found.place if found else None,
            "class_paused": found is not None and found.state == "paused",
            "tiep": self.next_path(),
            "card": self.get_argument("the", ""),
        } | values

    def onward(self, first_pin: bool) -> str:
        """Where one goes who has just come in: a PIN that was given to them is asked about first."""
        path = self.next_path()
        return f"/vao-hoc/ma-rieng?{urlencode({'tiep': path})}" if first_pin else path


class Entrance(SignInPage):
    """Class code, or free study."""

    def get(self):
        self.show("entrance.html", tiep=self.next_path(), error=None, lop="")

    def post(self):
        try:
            with self.reading() as session:
                found = self.class_session(session)
        except ClassRefused as refused:
            self.begin_again(*status_and_message(refused, 409))
            return
        if found is None:
            raise NoClass(404, "Mời nhập mã lớp.")
        self.redirect(f"/vao-hoc/ten?lop={found.code}&tiep={self.next_path()}")


class ClassLink(SignInPage):
    """What the QR code of a class opens."""

    def get(self, code):
        self.redirect(f"/vao-hoc/ten?lop={code}")


class CardLink(SignInPage):
    """What the QR code of a card opens: the PIN page of its owner, in the class that `cards.way_in` finds, or
    a page that asks which class and says what to do. It signs nobody in."""

    def get(self, token):
        card = self.settings["cards"].read(token)
        if card is None:
            raise Refused(404, "Thẻ này không đọc được. Mời bà con nhập mã lớp rồi tìm tên mình.")
        learner_id, class_id = card
        with self.reading() as session:
            known(session, learner_id)
            way = cards.way_in(session, learner_id, class_id)
        if way.into is not None:
            self.redirect(f"/vao-hoc/pin/{learner_id}?lop={way.into.code}&the={token}")
            return
        self.show(
            "card_way.html",
            learner_id=learner_id,
            token=token,
            choices=way.choices,
            printed_for=way.printed_for,
        )


class FindName(SignInPage):
    """Type some of the name, choose it from a short list. Names are sent by POST: no name in an address."""

    def get(self):
        """`doi`: somebody has just left this device, and nothing of theirs is to stay in the browser."""
        switched = self.get_argument("doi", "") == "1"
        self.show("find_name.html", **self.way(text="", found=None, error=None, switched=switched))

    def post(self):
        text = self.get_argument("ten", "")
        if len(learners.fold(text)) < 2:
            error = "Mời gõ ít nhất hai chữ cái của tên."
            self.show("find_name.html", **self.way(text=text, found=None, error=error, switched=False))
            return
        with self.reading() as session:
            in_class = self.class_session(session)
            people = learners.search(session, text, class_session_id=in_class.id if in_class else None)
            found = [(one.id, one.full_name, one.hamlet.name, one.birth_year) for one in people]
        found = _tell_apart(found)
        self.show("find_name.html", **self.way(text=text, found=found, error=None, switched=False))


class EnterPin(SignInPage):
    """The four digits of one learner."""

    def prepare(self):
        super().prepare()
        card, code = self.get_argument("the", ""), self.get_argument("lop", "")
        if card and code:
            with self.reading() as session:
                ended = classes.find_by_code(session, code) is None
            if ended:  # since the card was scanned: its link knows what to do now
                self.redirect(f"/the/{card}")

    def get(self, learner_id):
        self._show(learner_id)

    def _show(self, learner_id, error=None):
        with self.reading() as session:
            name = known(session, learner_id).full_name
        self.show("pin.html", **self.way(learner_id=learner_id, name=name, error=error))

    async def post(self, learner_id):
        pin, class_id, full = self.get_argument("pin", ""), None, None
        fits = await self.pins_that_fit(learner_id, pin)
        async with self.writing() as session:
            with suppress(ClassEnded):  # they come in all the same
                self.class_session(session)
            known(session, learner_id)
            has_pin = learners.has_pin(session, learner_id)
            agreed = learners.has_agreed(session, learner_id)
            first_pin = not learners.has_own_pin(session, learner_id)
            asked = None if agreed else asked_with_pins(session, learner_id)
            check = learners.check_pin(session, learner_id, pin, fits=fits) if has_pin else None
            if has_pin and check.ok and agreed:
                try:
                    class_id = self.check_in(session, learner_id)
                except ClassRefused as refused:
                    full = str(refused)
        if not has_pin:
            self.set_status(403)
            self._show(learner_id, "Tên này chưa có mã PIN. Mời bà con xin giảng viên cấp thẻ có mã.")
            return
        if full:
            self.set_status(409)
            self._show(learner_id, full)
            return
        if check.ok and not agreed:
            self.set_signed_cookie(ASKED, asked, expires_days=None, httponly=True, samesite="Lax")
            carried = {name: self.get_argument(name, "") for name in ("lop", "the")}
            self.redirect(f"/vao-hoc/dong-y?{urlencode(carried | {'tiep': self.next_path()})}")
            return
        if check.ok:
            if self.is_late(class_id):
                self.flash(LATE)
            await self.sign_in_learner(learner_id, class_id)
            self.redirect(self.onward(first_pin))
            return
        if check.locked_until:
            self.set_status(429)
            until = local(check.locked_until).strftime("%H:%M")
            error = (
                f"Tên này tạm khóa đến {until} vì nhập sai mã nhiều lần. "
                "Bà con chờ đến giờ đó, hoặc nhờ giảng viên mở khóa."
            )
        else:
            self.set_status(403)
            error = f"Mã PIN chưa đúng. Còn {check.remaining} lần thử. Quên mã thì nhờ giảng viên cấp lại."
        self._show(learner_id, error)


class Consent(SignInPage):
    """Somebody from a roster comes in for the first time: agree, or leave."""

    def _asked(self) -> str:
        asked = (self.get_signed_cookie(ASKED, max_age_days=ASKED_DAYS) or b"").decode()
        if asked:
            learner_id = asked.partition(" ")[0]
            with self.reading() as session:
                known(session, learner_id)
                if asked_with_pins(session, learner_id) == asked:
                    return learner_id
        raise Refused(403, "Trang này mở đã lâu. Mời bà con tìm lại tên và nhập mã PIN.")

    def get(self):
        self._show()

    def _show(self, error=None):
        with self.reading() as session:
            name = known(session, self._asked()).full_name
        self.show("consent.html", **self.way(name=name, consent=CONSENT_WORDING, error=error))

    async def post(self):
        learner_id = self._asked()
        if self.get_argument("consent", "") != "yes":
            self.clear_cookie(ASKED)
            await self.sign_in(Visitor.new())
            self.flash(
                "Bà con không đồng ý nên chưa vào học bằng tên mình, và không có gì được ghi thêm. "
                "Bà con vẫn học thử được. Muốn xóa tên khỏi danh sách, xin báo giảng viên."
            )
            self.redirect("/")
            return
        class_id = None
        try:
            async with self.writing() as session:
                learners.agree(session, learner_id, CONSENT_WORDING)
                first_pin = not learners.has_own_pin(session, learner_id)
                with suppress(NoClass):  # they agreed to be kept, not to that class
                    class_id = self.check_in(session, learner_id)
        except ClassRefused as refused:
            self.set_status(409)
            self._show(str(refused))
            return
        if self.is_late(class_id):
            self.flash(LATE)
        self.clear_cookie(ASKED)
        await self.sign_in_learner(learner_id, class_id)
        self.redirect(self.onward(first_pin))


class Register(SignInPage):
    """A new learner: name, year of birth, hamlet, group, consent, PIN. Never an ID number."""

    def get(self):
        self._show(dict.fromkeys(FIELDS, ""), None)

    def _show(self, form, error):
        with self.reading() as session:
            places = [(one.id, one.name) for one in hamlets.listed(session)]
        self.show(
            "register.html",
            **self.way(
                form=form,
                error=error,
                hamlets=places,
                groups=learners.GROUPS,
                consent=CONSENT_WORDING,
            ),
        )

    async def post(self):
        form = {name: self.get_argument(name, "").strip() for name in FIELDS}
        try:
            learner_id, class_id = await self._register(form)
        except (InvalidLearner, AlreadyRegistered, ClassRefused) as error:
            self.set_status(400 if isinstance(error, InvalidLearner) else 409)
            self._show(form, str(error))
            return
        await self.sign_in_learner(learner_id, class_id)
        late = f" {LATE}" if self.is_late(class_id) else ""
        self.flash(f"Đã ghi tên. Bà con nhớ giữ mã PIN cho riêng mình nhé.{late}")
        self.redirect(self.next_path())

    async def _register(self, form):
        if form["consent"] != "yes":
            raise InvalidLearner("consent", "Bà con cần đánh dấu vào ô đồng ý thì xã mới được lưu tên.")
        if form["pin"] != form["pin_again"]:
            raise InvalidLearner("pin_again", "Hai lần gõ mã PIN chưa giống nhau. Mời gõ lại.")
        if not form["birth_year"].isdecimal():
            raise InvalidLearner("birth_year", "Mời ghi năm sinh bằng bốn chữ số, ví dụ 1960.")
        pin = await self.hashing(learners.chosen_pin, form["pin"])
        async with self.writing() as session:
            learner = learners.register(
                session,
                full_name=form["full_name"],
                birth_year=int(form["birth_year"]),
                hamlet_id=form["hamlet_id"],
                group=form["group"],
                pin=pin,
                phone=form["phone"] or None,
                consent_wording=CONSENT_WORDING,
            )
            return learner.id, self.check_in(session, learner.id)


class SignOut(Page):
    """Leave this device: nothing of the learner stays in the browser, and the kernels of theirs end. In a
    class that goes on, the next learner finds their name at once."""

    async def post(self):
        before = self.visitor
        code = self._code_of_class()
        await self.sign_in(Visitor.new())
        if before is not None:
            # The page's own goodbye comes after the cookie has changed, and so is not theirs any more.
            await self.app.kernel_manager.end_all_of(before.id)
        if code:
            self.redirect(f"/vao-hoc/ten?lop={code}&doi=1")
        else:
            self.show("signed_out.html")

    def _code_of_class(self) -> str | None:
        if self.visitor is None or self.visitor.class_session_id is None:
            return None
        with self.reading() as session:
            in_class = session.get(ClassSession, self.visitor.class_session_id)
            return in_class.code if in_class and in_class.is_open else None


def known(session, learner_id):
    """The person of this id. Raises Refused for nobody's, and for one who was removed."""
    learner = merging.person_of(session, learner_id)
    if learner is None or learner.is_removed:
        raise Refused(404, "Không tìm thấy tên này. Mời bà con tìm lại tên.")
    return learner


def asked_with_pins(session, learner_id) -> str:
    """What ASKED holds: who was asked, with a mark of the PINs that are good. Raises UnknownRecord."""
    return f"{learner_id} {mark(*learners.pin_hashes(session, learner_id))}"


def _tell_apart(people):
    """(id, name, hint) for each; the year of birth is shown only where name and hamlet are the same."""
    alike = {}
    for _, name, hamlet, _ in people:
        alike[name, hamlet] = alike.get((name, hamlet), 0) + 1
    return [
        (learner_id, name, f"{hamlet}, sinh {year}" if alike[name, hamlet] > 1 else hamlet)
        for learner_id, name, hamlet, year in people
    ]


def routes(uuid):
    return [
        (r"/vao-hoc", Entrance),
        (r"/lop/([A-Za-z0-9]{4,12})", ClassLink),
        (r"/the/([\w.-]+)", CardLink),
        (r"/vao-hoc/ten", FindName),
        (rf"/vao-hoc/pin/{uuid}", EnterPin),
        (r"/vao-hoc/dong-y", Consent),
        (r"/vao-hoc/ghi-ten", Register),
        (r"/ra", SignOut),
    ]
