"""A learner's own PIN: change it, or choose it in place of the one that was given to them."""

from hocso.records import InvalidLearner, learners

from .page import Page, local

UNLIKE = "Hai lần gõ mã mới chưa giống nhau. Mời gõ lại."


class PinPage(Page):
    """For the learner who is signed in."""

    def new_pin(self) -> str:
        """The new PIN, typed twice. Raises InvalidLearner."""
        pin = self.get_argument("pin", "")
        if pin != self.get_argument("pin_again", ""):
            raise InvalidLearner("pin_again", UNLIKE)
        return pin

    def _again(self, status, error):
        self.set_status(status)
        self._show(error)


class ChangePin(PinPage):
    """Old PIN, new PIN twice."""

    def get(self):
        self._show(None)

    def _show(self, error):
        self.show("pin_change.html", error=error)

    async def post(self):
        try:
            new = self.new_pin()
            async with self.writing() as session:
                check = learners.change_pin(session, self.me, self.get_argument("old", ""), new)
        except InvalidLearner as error:
            self._again(400, str(error))
            return
        if check.ok:
            await self.sign_in_learner(self.me, self.visitor.class_session_id)
            self.flash("Đã đổi mã PIN. Lần sau bà con vào học bằng mã mới.")
            self.redirect("/")
        elif check.locked_until:
            until = local(check.locked_until).strftime("%H:%M")
            self._again(
                429, f"Sai mã cũ nhiều lần nên chưa đổi được đến {until}. Quên mã thì nhờ giảng viên."
            )
        else:
            self._again(403, f"Mã PIN cũ chưa đúng. Còn {check.remaining} lần thử.")


class OwnPin(PinPage):
    """Asked of one who has come in with a PIN that was given to them: choose another, or keep it. Asked until
    it is answered."""

    def get(self):
        with self.reading() as session:
            own = learners.has_own_pin(session, self.me)
        if own:
            self.redirect(self.next_path())
        else:
            self._show(None)

    def _show(self, error):
        self.show("pin_own.html", error=error, tiep=self.next_path())

    async def post(self):
        try:
            async with self.writing() as session:
                if self.get_argument("giu", "") == "1":
                    learners.keep_pin(session, self.me)
                else:
                    learners.choose_pin(session, self.me, self.new_pin())
                    self.flash("Đã đặt mã PIN của riêng bà con. Lần sau bà con vào học bằng mã này.")
        except InvalidLearner as error:
            self._again(400, str(error))
            return
        await self.sign_in_learner(self.me, self.visitor.class_session_id)
        self.redirect(self.next_path())


def routes():
    return [(r"/vao-hoc/doi-pin", ChangePin), (r"/vao-hoc/ma-rieng", OwnPin)]
