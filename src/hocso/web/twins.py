"""The staff's page of entries that may be the same person: side by side, decide, take a decision back."""

import asyncio

from hocso.records import access, merging, twins
from hocso.records.database import copy_before

from .page import Refused
from .staff import StaffPage

PAGE = 20
MOST_DECISIONS = 200
# What a button says of a pair: the decision, and which of the two goes on.
ANSWERS = {"trai": ("same", 0), "phai": ("same", 1), "hai": ("apart", None)}


class Twins(StaffPage):
    async def get(self):
        number = self.page_number()
        async with self.writing() as session:
            access.note(session, "twins", f"trang {number}", self.me)
        values = await asyncio.to_thread(self._values, number)
        self.show("twins.html", **values)

    def _values(self, number: int) -> dict:
        with self.reading() as session:
            pairs = twins.likely(session)
            pages = max(1, -(-len(pairs) // PAGE))
            number = min(number, pages)
            shown = pairs[(number - 1) * PAGE : number * PAGE]
            ids = [id for pair in shown for id in (pair.first_id, pair.second_id)]
            known = twins.entries(session, self.catalogue, ids)
            decisions = twins.decisions(session)
        return {
            "pairs": [(pair, known[pair.first_id], known[pair.second_id]) for pair in shown],
            "total": len(pairs),
            "page": number,
            "pages": pages,
            "first": (number - 1) * PAGE + 1,
            "decisions": decisions[:MOST_DECISIONS],
            "more_decisions": max(0, len(decisions) - MOST_DECISIONS),
            "words": merging.DECISIONS,
        }

    async def post(self):
        pair = self.get_argument("mot", ""), self.get_argument("hai", "")
        answer = self.get_argument("xet", "")
        if answer == "mo":
            decision, kept = "open", None
        elif answer in ANSWERS:
            decision, kept = ANSWERS[answer]
        else:
            raise Refused(400, "Mời chọn một trong các nút: là một người, hoặc là hai người.")
        keep_id = None if kept is None else pair[kept]
        if decision == "same":
            with self.reading() as session:
                merging.concerned(session, *pair, decision, keep_id)  # what is refused needs no copy
            await asyncio.to_thread(copy_before, self.app.database, "gop-nguoi")
        async with self.writing() as session:
            merging.decide(session, *pair, decision, keep_id=keep_id, account_id=self.me)
            name = merging.person_of(session, keep_id).full_name if keep_id else None
        self.flash(
            {
                "same": f"Đã ghi: là một người, giữ {name}. Có thể hoàn tác ở cuối trang.",
                "apart": "Đã ghi: là hai người. Có thể hoàn tác ở cuối trang.",
                "open": "Đã hoàn tác. Hai mục lại như trước, mỗi mục với kết quả học của mình.",
            }[decision]
        )
        page = self.get_argument("trang", "")
        self.redirect("/can-bo/trung-nhau" + (f"?trang={page}" if page.isdecimal() else ""))


def routes():
    return [(r"/can-bo/trung-nhau", Twins)]
