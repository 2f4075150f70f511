"""Who is expected in a class: for its trainer, and for staff of any class; found by name, or everybody of a
roster or of another class."""

from hocso.records import classes, expected, learners, rosters

from .page import Refused, SharedPage
from .trainer import FindByName, TrainerPage

MOST_SHOWN = 100


class ListPage(SharedPage, TrainerPage):
    """A page of a class's list: trainers see their own classes, staff all of them."""

    def show_page(self, class_id, *, text="", found=None, error=None):
        """The page; `found`: the learners that a search gave, None before one."""
        with self.reading() as session:
            one = self.own_class(session, class_id)
            roll = [entry for entry in expected.roll(session, class_id) if entry.is_expected]
            gone = expected.taken_off(session, class_id)
            taken = [about for about, _ in rosters.history(session, self.whose()) if not about.undone_at]
            others = [other for other in classes.for_trainer(session, self.whose()) if other.id != class_id]
        listed = {entry.person.id for entry in roll}
        self.show(
            "class_list.html",
            base=self.base,
            of_staff=self.of_staff,
            one=one,
            roll=roll,
            gone=gone,
            rosters=taken[:MOST_SHOWN],
            others=others[:MOST_SHOWN],
            text=text,
            found=None if found is None else [who for who in found if who.id not in listed],
            already=[who for who in found or () if who.id in listed],
            error=error,
        )

    def back(self, class_id, said: str) -> None:
        self.flash(said)
        self.redirect(f"{self.base}/{class_id}/danh-sach")


class AllClasses(ListPage):
    """The classes of all trainers, for staff: only their lists are open to them."""

    def get(self):
        with self.reading() as session:
            everybodys = classes.for_trainer(session, None)
        self.show("all_classes.html", classes=everybodys[:MOST_SHOWN])


class ClassList(ListPage):
    async def get(self, class_id):
        if self.of_staff:
            await self.note_look(class_id, "danh-sach-lop")
        self.show_page(class_id)


class FindForList(FindByName, ListPage):
    reason = "danh sách"


class AddToList(ListPage):
    async def put(self, class_id, add, chosen, otherwise: str) -> None:
        """Put on the list whom `add` (of `records.expected`) makes of what was chosen. Raises Refused, with
        `otherwise`, where nothing was."""
        async with self.writing() as session:
            self.note_in(session, class_id, "danh-sach-lop")
            if not chosen:
                raise Refused(422, otherwise)
            added = add(session, class_id, chosen, added_by=self.me)
        said = f"Đã thêm {added} người vào danh sách." if added else "Mọi người đã có trong danh sách rồi."
        self.back(class_id, said)


class AddTicked(AddToList):
    async def post(self, class_id):
        chosen = self.get_arguments("nguoi")
        await self.put(class_id, expected.add, chosen, "Chưa đánh dấu ai. Mời đánh dấu vào ô trước tên.")


class AddRoster(AddToList):
    """Everybody of a roster that this account may see."""

    async def post(self, class_id):
        with self.reading() as session:
            mine = {about.id for about, _ in rosters.history(session, self.whose())}
        chosen = self.get_argument("lan", "")
        chosen = chosen if chosen in mine else None
        await self.put(class_id, expected.add_from_roster, chosen, "Mời chọn một lần nhập danh sách.")


class AddClass(AddToList):
    """Everybody of a class that this account may see."""

    async def post(self, class_id):
        with self.reading() as session:
            mine = {other.id for other in classes.for_trainer(session, self.whose())}
        chosen = self.get_argument("lop", "")
        chosen = chosen if chosen in mine else None
        await self.put(class_id, expected.add_from_class, chosen, "Mời chọn một lớp.")


class TakeOffList(ListPage):
    async def post(self, class_id, learner_id):
        async with self.writing() as session:
            self.note_in(session, class_id, "danh-sach-lop")
            expected.take_off(session, class_id, learner_id)
            name = learners.person(session, learner_id).full_name
        self.back(class_id, f"Đã bỏ {name} khỏi danh sách. Lỡ tay thì bấm «Đưa lại» ở cuối trang.")


class PutBackOnList(ListPage):
    async def post(self, class_id, learner_id):
        async with self.writing() as session:
            self.note_in(session, class_id, "danh-sach-lop")
            expected.put_back(session, class_id, learner_id, added_by=self.me)
            name = learners.person(session, learner_id).full_name
        self.back(class_id, f"Đã đưa {name} lại vào danh sách.")


def routes(uuid):
    return [
        (r"/can-bo/lop", AllClasses),
        *(
            (f"{base}/{uuid}/danh-sach{rest}", page)
            for base in ("/giang-vien/lop", "/can-bo/lop")
            for rest, page in (
                ("", ClassList),
                ("/tim", FindForList),
                ("/them", AddTicked),
                ("/tu-lan-nhap", AddRoster),
                ("/tu-lop", AddClass),
                (f"/{uuid}/bo", TakeOffList),
                (f"/{uuid}/dua-lai", PutBackOnList),
            )
        ),
    ]
