"""Lessons for the projector, and the trainer's notes that go with them. Nothing is recorded here."""

import re
from dataclasses import dataclass

import nbformat
from markupsafe import Markup
from nbconvert.filters.markdown import markdown2html

from hocso.course import Lesson

from .learning import NotebookPage
from .page import AccountPage, Refused

OPENING = "mo-dau"
MINUTES = re.compile(r"(\d+) phút")


@dataclass
class StepNotes:
    """What the trainer reads at a step; `minutes` is None where the notes plan no time."""

    step: str
    title: str
    html: Markup | str = ""
    minutes: int | None = None


def trainer_notes(lesson: Lesson) -> list[StepNotes]:
    """The notes of the whole lesson, then of each step. Raises Refused."""
    try:
        cells = nbformat.read(lesson.path, as_version=4).cells
    except (OSError, ValueError):
        raise Refused(500, "Không đọc được bài này. Mở sổ bài trong JupyterLab để xem lỗi.") from None
    notes = [StepNotes(OPENING, lesson.title), *(StepNotes(step.id, step.title) for step in lesson.steps)]
    at = {one.step: one for one in notes}
    here = notes[0]
    for cell in cells:
        about = cell.metadata.get("hocso", {})
        here = at.get(about.get("step"), here)
        if about.get("trainer_note"):
            planned = re.search(r"(\d+) phút nếu học chung", cell.source) or MINUTES.search(cell.source)
            if planned and here.minutes is None:
                here.minutes = int(planned[1])
            # The notes of the whole lesson begin with its title, which the page has said.
            here.html += Markup(markdown2html(re.sub(r"^# .*\n", "", cell.source)))
    return notes


class PresenterPage(AccountPage):
    def lesson(self, track_slug, slug):
        return self.catalogue.lesson(f"{track_slug}/{slug}")


class Presentations(PresenterPage):
    """All lessons by track, to choose from."""

    def get(self):
        self.show("presentations.html", tracks=[one for one in self.catalogue.tracks if one.lessons])


class Presentation(PresenterPage, NotebookPage):
    """A lesson, one step a screen, with a kernel of the trainer's own that writes nothing."""

    template = "presentation.html"

    async def get(self, track_slug, slug):
        lesson = self.lesson(track_slug, slug)
        page = self.app.about(lesson.path) | {"notes": trainer_notes(lesson)}
        await self.show_notebook(lesson.path, page)

    def around(self, body, page, kernel_id, visit):
        """Each step comes with its notes, so that a page without scripts reads in order."""
        # Without a ready page, pictures have addresses beside the residents' page.
        body = body.replace('src="pictures/', f'src="/hoc/{page["lesson"].track}/pictures/')
        before, *steps = re.split(r'(?=<section class="step" id=")', body)
        notes = {one.step: one for one in page["notes"]}
        steps = [(Markup(step), notes.get(re.search(r'id="([^"]+)"', step)[1])) for step in steps]
        return super().around(before, page | {"steps": steps}, kernel_id, visit)


class Notes(PresenterPage):
    """The notes alone, in a window beside the projector's that follows it."""

    def get(self, track_slug, slug):
        lesson = self.lesson(track_slug, slug)
        self.show("presenting_notes.html", lesson=lesson, notes=trainer_notes(lesson))


def routes(slug):
    return [
        (r"/giang-vien/trinh-chieu", Presentations),
        (rf"/giang-vien/trinh-chieu/{slug}/{slug}", Presentation),
        (rf"/giang-vien/trinh-chieu/{slug}/{slug}/ghi-chu", Notes),
    ]
