"""What a trainer prints for a class."""

import asyncio

from hocso.records import access, classes, learners
from hocso.reports.cards import Card, learner_cards
from hocso.reports.class_papers import poster, sign_in_sheet

from .trainer import TrainerPage


class PaperPage(TrainerPage):
    def print(self, pdf: bytes, name: str) -> None:
        """Answer with a PDF that the browser shows, and saves as `name`."""
        self.set_header("Content-Type", "application/pdf")
        self.set_header("Content-Disposition", f'inline; filename="{name}.pdf"')
        self.finish(pdf)


class SignInSheet(PaperPage):
    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
            people = [
                (who.full_name, who.hamlet.name + (" (ghi từ giấy)" if row.how == "paper" else ""))
                for who, row in classes.attendance(session, one.id)
            ]
        pdf = sign_in_sheet(class_code=one.code, date=one.date, place=one.place, people=people)
        self.print(pdf, f"danh-sach-ky-{one.code}")


class Cards(PaperPage):
    """A card for each learner of the class; printing gives a first PIN to those without one of their own."""

    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
            people = len(classes.present(session, one.id))
        self.show("cards.html", one=one, people=people)

    async def post(self, class_id):
        # Each new PIN takes 50 ms to hash: not on the server's own thread.
        code, cards = await asyncio.to_thread(self._cards, class_id)
        self.print(learner_cards(cards), f"the-{code}")

    def _cards(self, class_id) -> tuple[str, list[Card]]:
        site, tokens = self.app.public_url(self.request), self.settings["cards"]
        with self.writing() as session:
            one = self.own_class(session, class_id)
            cards = [
                Card(
                    person.full_name,
                    one.code,
                    learners.first_pin(session, person.id),
                    f"{site}/the/{tokens.issue(person.id, one.id)}",
                )
                for person in classes.present(session, one.id)
            ]
            access.note(session, "in-the", f"lớp {one.code}", self.me)
        return one.code, cards


class Poster(PaperPage):
    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
        site = self.app.public_url(self.request)
        pdf = poster(class_code=one.code, place=one.place, site=site, address=f"{site}/lop/{one.code}")
        self.print(pdf, f"ap-phich-{one.code}")


def routes(uuid):
    return [
        (rf"/giang-vien/lop/{uuid}/the", Cards),
        (rf"/giang-vien/lop/{uuid}/danh-sach-ky", SignInSheet),
        (rf"/giang-vien/lop/{uuid}/ap-phich", Poster),
    ]
