"""The staff's pages of certificates: list, search, revoke, issue again, download. Each look at names is
noted."""

import asyncio
import io

from hocso.records import access, certificates, learners
from hocso.reports import certificate_list

from .staff import StaffPage

MOST_SHOWN = 200


class Certificates(StaffPage):
    """All certificates; a search is sent in the form's body, for a name belongs in no address."""

    async def get(self):
        await self._show("")

    async def post(self):
        await self._show(self.get_argument("tim", ""))

    async def _show(self, text):
        async with self.writing() as session:
            access.note(session, "chung-nhan", "danh sách giấy chứng nhận", self.me)
            table = certificates.table(session, self.catalogue, text)
        rows = table.head(MOST_SHOWN).to_dict("records")
        self.show("certificates.html", rows=rows, count=len(table), text=text)


class Revoke(StaffPage):
    async def get(self, certificate_id):
        async with self.writing() as session:
            access.note(session, "chung-nhan", "thu hồi một giấy chứng nhận", self.me)
            one = certificates.get(session, certificate_id)
            name = learners.person(session, one.learner_id).full_name
        track = certificates.title_of(self.catalogue, one.track)
        self.show("certificate_revoke.html", one=one, name=name, track=track)

    async def post(self, certificate_id):
        async with self.writing() as session:
            certificates.revoke(session, certificate_id, self.get_argument("ly-do", ""), self.me)
        self.flash("Đã thu hồi giấy. Ai kiểm tra giấy này sẽ thấy giấy không còn giá trị.")
        self.redirect("/can-bo/chung-nhan")


class IssueAgain(StaffPage):
    async def post(self, certificate_id):
        async with self.writing() as session:
            number = certificates.issue_again(session, self.catalogue, certificate_id).number
        self.flash(f"Đã cấp giấy mới, số {number}. Người học tải giấy ở trang đầu của mình.")
        self.redirect("/can-bo/chung-nhan")


class Download(StaffPage):
    async def get(self):
        names = self.get_argument("ten", "") == "co"
        self.send_file(await asyncio.to_thread(self._content, names), "giay-chung-nhan", "xlsx")

    def _content(self, names) -> bytes:
        if names:
            with self.writing_in_thread() as session:
                access.note(session, "chung-nhan", "tải danh sách giấy chứng nhận có tên", self.me)
        with self.reading() as session:
            table = certificates.table(session, self.catalogue)
        out = io.BytesIO()
        certificate_list.write(out, table, names)
        return out.getvalue()


def routes(uuid):
    return [
        (r"/can-bo/chung-nhan", Certificates),
        (r"/can-bo/chung-nhan\.xlsx", Download),
        (rf"/can-bo/chung-nhan/{uuid}/thu-hoi", Revoke),
        (rf"/can-bo/chung-nhan/{uuid}/cap-lai", IssueAgain),
    ]
