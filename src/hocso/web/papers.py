"""What a trainer prints for a class."""

import asyncio

from hocso.records import Learner, access, certificates, classes, completions, expected, learners
from hocso.reports import certificates as printed
from hocso.reports.cards import Card, learner_cards
from hocso.reports.class_papers import poster, sign_in_sheet

from . import card_address
from .certificates import paper_of
from .page import Refused
from .trainer import TrainerPage


class SignInSheet(TrainerPage):
    async def get(self, class_id):
        await self.note_look(class_id, "danh-sach-ky")
        with self.reading() as session:
            one = self.own_class(session, class_id)
            people = [(entry.person.full_name, place(entry)) for entry in expected.roll(session, one.id)]
        pdf = sign_in_sheet(class_code=one.code, date=one.date, place=one.place, people=people)
        self.send_file(pdf, f"danh-sach-ky-{one.code}", "pdf", inline=True)


def place(entry: expected.OnRoll) -> str:
    """The hamlet as the sign-in sheet has it, with a word about who was entered from paper."""
    on_paper = entry.attendance is not None and entry.attendance.how == "paper"
    return entry.person.hamlet.name + (" (ghi từ giấy)" if on_paper else "")


class Cards(TrainerPage):
    """A card for each learner who is in the class or expected there; printing gives a first PIN to those
    without one of their own."""

    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
            people = len(self._people(session, one))
        self.show("cards.html", one=one, people=people, **self.site())

    async def post(self, class_id):
        # Each new PIN takes 50 ms to hash, and each card 10 ms to draw: not on the server's own thread.
        code, pdf = await asyncio.to_thread(self._print, class_id)
        self.send_file(pdf, f"the-{code}", "pdf", inline=True)

    def _print(self, class_id) -> tuple[str, bytes]:
        code, cards = self._cards(class_id, self._new_pins(class_id))
        return code, learner_cards(cards)

    def _new_pins(self, class_id) -> dict[str, learners.NewPin]:
        """By learner's id; made before the records are written, or a hall of 300 would be kept waiting."""
        with self.reading() as session:
            one = self.own_class(session, class_id)
            wanted = [
                person.id
                for person in self._people(session, one)
                if not learners.has_own_pin(session, person.id)
            ]
        return {person_id: learners.new_pin() for person_id in wanted}

    def _cards(self, class_id, pins) -> tuple[str, list[Card]]:
        site, tokens = self.app.public_url(self.request), self.settings["cards"]
        with self.writing_in_thread() as session:
            one = self.own_class(session, class_id)
            cards = [
                Card(
                    person.full_name,
                    one.code,
                    learners.first_pin(session, person.id, pins.get(person.id)),
                    f"{site}/the/{tokens.issue(person.id, one.id)}",
                )
                for person in self._people(session, one)
            ]
            if cards:
                card_address.remember(session, site)
            access.note(session, "in-the", f"lớp {one.code}", self.me)
        return one.code, cards

    def _people(self, session, one) -> list[Learner]:
        roll = (entry.person for entry in expected.roll(session, one.id))
        return [person for person in roll if not person.is_removed]


class Certificates(TrainerPage):
    """Certificates of the tracks that the class has lessons of; printing issues those that are not yet."""

    async def get(self, class_id):
        await self.note_look(class_id, "xem-lop")
        one, people = await asyncio.to_thread(self._listed, class_id)
        self.show("print_certificates.html", one=one, people=people)

    def _listed(self, class_id):
        """The class, and (name, track's title) of each certificate."""
        with self.reading() as session:
            one = self.own_class(session, class_id)
            return one, [
                (person.full_name, self.catalogue.track(track).title)
                for person, track in self._deserved(session, one)
            ]

    async def post(self, class_id):
        code, papers = await asyncio.to_thread(self._papers, class_id)
        if not papers:
            raise Refused(422, "Chưa có ai trong lớp hoàn thành cả chương, nên chưa có giấy để in.")
        pdf = await asyncio.to_thread(printed.certificates, papers)
        self.send_file(pdf, f"chung-nhan-{code}", "pdf", inline=True)

    def _papers(self, class_id) -> tuple[str, list[printed.Paper]]:
        site = self.app.lasting_url(self.request)
        with self.writing_in_thread() as session:
            one = self.own_class(session, class_id)
            papers = [
                paper_of(
                    session,
                    self.catalogue,
                    certificates.issue(session, self.catalogue, person.id, track),
                    site,
                )
                for person, track in self._deserved(session, one)
            ]
            access.note(session, "in-chung-nhan", f"lớp {one.code}", self.me)
        return one.code, papers

    def _deserved(self, session, one):
        """(person, track) of those in the class, nobody twice."""
        tracks = {lesson.track for lesson in self.catalogue.still_there(one.lesson_ids)}
        for person in classes.present(session, one.id):
            if person.is_removed:
                continue
            statuses = completions.lesson_status(session, self.catalogue, person.id)
            for track in certificates.available(session, self.catalogue, person.id, statuses):
                if track in tracks:
                    yield person, track


class Poster(TrainerPage):
    def get(self, class_id):
        with self.reading() as session:
            one = self.own_class(session, class_id)
        site = self.app.public_url(self.request)
        pdf = poster(class_code=one.code, place=one.place, site=site, address=f"{site}/lop/{one.code}")
        self.send_file(pdf, f"ap-phich-{one.code}", "pdf", inline=True)


def routes(uuid):
    return [
        (rf"/giang-vien/lop/{uuid}/the", Cards),
        (rf"/giang-vien/lop/{uuid}/danh-sach-ky", SignInSheet),
        (rf"/giang-vien/lop/{uuid}/ap-phich", Poster),
        (rf"/giang-vien/lop/{uuid}/chung-nhan", Certificates),
    ]
