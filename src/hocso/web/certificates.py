"""A learner's certificate, and the page on which anybody who holds one has it confirmed."""

import asyncio

from tornado.web import HTTPError

from hocso.records import Certificate, certificates, learners, settings
from hocso.reports import certificates as printed

from .page import Page, local


class Download(Page):
    """The learner's own certificate of a track; made at the first asking."""

    async def get(self, track):
        with self.reading() as session:
            learner = self.learner(session)
        if learner is None:
            self.ask_to_sign_in()
            return
        pdf = await asyncio.to_thread(self._pdf, learner.id, track)
        self.send_file(pdf, f"giay-chung-nhan-{track}", "pdf")

    def _pdf(self, learner_id, track) -> bytes:
        site = self.app.lasting_url(self.request)
        with self.writing_in_thread() as session:
            certificate = certificates.issue(session, self.catalogue, learner_id, track)
            paper = paper_of(session, self.catalogue, certificate, site)
        return printed.certificates([paper])


class Confirm(Page):
    """By the QR code's address, or by the code typed into the form. Whoever has no code learns nothing."""

    def set_default_headers(self):
        super().set_default_headers()
        self.set_header("X-Robots-Tag", "noindex")

    def get(self):
        self.show("confirm.html", asked=False, found=None)

    def post(self):
        self.show_what_is_kept(self.get_argument("ma", ""))

    def show_what_is_kept(self, code):
        with self.reading() as session:
            found = certificates.confirm(session, self.catalogue, code)
        if found is None:
            self.set_status(404)
        self.show("confirm.html", asked=True, found=found, is_number=certificates.looks_like_a_number(code))


class ConfirmScanned(Confirm):
    """What the QR code of a certificate opens."""

    def get(self, code):
        self.show_what_is_kept(code)

    def post(self, code):
        raise HTTPError(405)


def paper_of(session, catalogue, certificate: Certificate, site: str) -> printed.Paper:
    """A certificate as it is printed, with its owner's name of now."""
    owner = learners.person(session, certificate.learner_id)
    return printed.Paper(
        commune=f"{settings.get(session, 'commune_name')}, {settings.get(session, 'province_name')}",
        name=owner.full_name,
        track=certificates.title_of(catalogue, certificate.track),
        completed_on=local(certificate.completed_at).date(),
        number=certificate.number,
        address=f"{site}/xac-nhan/{certificate.secret}",
        site=site,
        code=certificates.in_groups(certificate.secret),
        is_sample=owner.is_sample,
    )


def routes(slug):
    return [
        (rf"/chung-nhan/{slug}\.pdf", Download),
        (r"/xac-nhan", Confirm),
        (r"/xac-nhan/([0-9A-Za-z]{1,60})", ConfirmScanned),
    ]
