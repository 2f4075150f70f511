"""Lessons and quizzes: a page around a notebook that Voilà rendered, and a kernel of the visitor's own."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbconvert.preprocessors import ClearOutputPreprocessor
from voila.notebook_renderer import NotebookRenderer
from voila.utils import get_page_config

from hocso import grading
from hocso.course import GlossaryError, link_terms, load_glossary
from hocso.kernels.nursery import NoTemplate, Prepared
from hocso.records import Learner, StorageBusy, StorageFull, attempts, events

from .identity import Visitor
from .kernels import HallIsFull
from .page import MESSAGES, SHORT_WAIT_S, Page, Refused
from .state import learner_state
from .tokens import BoardPass, Pass

NO_ROOM_OF_ITS_OWN = (
    "Máy chủ chưa mở được ngăn riêng cho bài này. Mời bà con chờ một lát rồi tải lại trang; nếu vẫn vậy, báo "
    "giảng viên mở lại máy chủ."
)


class HasLeft(Exception):
    """Who asked for the page has signed out while it was made."""


class LessonFailed(Exception):
    """A lesson or quiz can't be read, or a cell failed; names the place and the kind of error only."""


def without_trainer_notes(cells: list) -> list:
    return [cell for cell in cells if not cell.metadata.get("hocso", {}).get("trainer_note")]


class LessonRenderer(NotebookRenderer):
    """Voilà's renderer for a notebook at any path: leaves the trainer's notes out, and stops at an error."""

    async def load_notebook(self, path):
        try:
            notebook = nbformat.read(path, as_version=4)
        except (OSError, ValueError) as error:
            raise LessonFailed(f"{path}: {type(error).__name__}") from error
        notebook.cells = without_trainer_notes(notebook.cells)
        return await self.fix_notebook(notebook)

    async def _jinja_cell_generator(self, nb, kernel_id):
        nb, _ = ClearOutputPreprocessor().preprocess(nb, {})
        for index, cell in enumerate(nb.cells):
            try:
                yield await self.executor.execute_cell(cell, None, index, store_history=False)
            except Exception as error:
                await self._cleanup_resources()
                name = getattr(error, "ename", type(error).__name__)
                raise LessonFailed(f"{self.notebook_path}: ô {index + 1}: {name}") from error
        await self._cleanup_resources()


class ReadyRenderer(LessonRenderer):
    """Voilà's renderer for a notebook whose cells have run in a template: runs nothing."""

    def __init__(self, *, template: Prepared, **kwargs):
        super().__init__(**kwargs)
        self.template = template

    async def fix_notebook(self, notebook):
        return notebook

    async def load_notebook(self, path):
        notebook = nbformat.read(path, as_version=4)
        for index, outputs in self.template.outputs.items():
            notebook.cells[index].outputs = [nbformat.from_dict(output) for output in outputs]
        notebook.cells = without_trainer_notes(notebook.cells)
        return notebook

    async def _jinja_kernel_start(self, nb, kernel_id, kernel_future):
        return None

    async def _jinja_cell_generator(self, nb, kernel_id):
        for cell in nb.cells:
            yield cell


def make_renderer(app, kind: type[LessonRenderer], notebook: Path, **kwargs) -> LessonRenderer:
    return kind(
        voila_configuration=app.voila_configuration,
        traitlet_config=app.config,
        notebook_path=str(notebook),
        template_paths=app.template_paths,
        config_manager=app.config_manager,
        contents_manager=app.contents_manager,
        base_url=app.base_url,
        kernel_spec_manager=app.kernel_spec_manager,
        **kwargs,
    )


async def render_ready(app, notebook: Path, template: Prepared, own: bool) -> str:
    """The inside of the page of a notebook that a template has run; `own`: our own front end draws it."""
    renderer = make_renderer(
        app, ReadyRenderer, notebook, template=template, request_handler=None, page_config={}
    )
    await renderer.initialize()
    page = app.about(notebook)
    renderer.resources["hocso"] = page | {"own": own}
    return explain(app, await renderer.generate_content_str(), page["mode"])


def explain(app, body: str, mode: str) -> str:
    """A lesson's words, linked to the glossary; a quiz is left as it is."""
    try:
        return link_terms(body, load_glossary(app.kit)) if mode == "lesson" else body
    except GlossaryError as error:
        app.log.error("Từ điển không đọc được: %s", error)
        return body


class NotebookPage(Page):
    """A page with a kernel behind it; `template` is what stands around the notebook, `tokens` the kind that
    the kernel shows to our API."""

    template = "lesson.html"
    tokens = "tokens"

    async def render_notebook(
        self, notebook: Path, page: dict, allowed: Pass | None, state: dict | None
    ) -> str:
        """The whole page as HTML. `page` is for our template, `state` what the kernel is to know of the
        learner. Raises LessonFailed, HallIsFull, NoTemplate."""
        for attempt in range(2):
            ready = await self.app.ready_lessons.get(notebook)
            if ready is None:
                return await self._render_by_voila(notebook, page, allowed)
            try:
                kernel_id = await self.start_kernel(
                    notebook, allowed, template=ready.template.address, visit={"state": state}
                )
                break
            except NoTemplate:  # it died in this very moment, or can't be reached any more
                self.app.ready_lessons.give_up(notebook, ready)
                if attempt:
                    raise
        visit = None
        if ready.models is not None:
            answer = self.app.kernel_manager.get_kernel(kernel_id).provisioner.answer
            visit = {"kernel": kernel_id, "models": ready.models, "changed": answer}
        return self.around(ready.body, page, kernel_id, visit)

    async def start_kernel(self, notebook: Path, allowed: Pass | BoardPass | None, **ready: object) -> str:
        """The id of a kernel of this visitor's; `ready` as in `LearnerKernels.start_for`. Raises HallIsFull,
        NoTemplate, HasLeft."""
        kernels = self.app.kernel_manager
        kernel_id = await kernels.start_for(
            self.visitor.id,
            cwd=str(notebook.parent),
            api=self.app.kernel_api_url,
            token=self.token(allowed),
            trial=allowed is None and self.visitor.account_id is None,
            **ready,
        )
        with self.reading() as session:
            left = self.has_left(session)
        if left:
            await kernels.end_all_of(self.visitor.id)
            raise HasLeft
        return kernel_id

    def pass_of(self, learner: Learner, lesson_id: str, quiz_id: str | None, class_id: str | None) -> Pass:
        """What a kernel of the learner who is signed in here may do."""
        who = self.visitor
        return Pass(learner.id, lesson_id, quiz_id, class_id, entry_id=who.learner_id, seal=who.learner_seal)

    def token(self, allowed: Pass | BoardPass | None) -> Callable[[str], str] | None:
        """Makes what the kernel of an id shows to our API."""
        return partial(self.settings[self.tokens].issue, allowed) if allowed else None

    async def _render_by_voila(self, notebook: Path, page: dict, allowed: Pass | None) -> str:
        """Run the notebook for this visitor alone, for Voilà's own front end: in a kernel that is confined
        like all others, where the system has such. Raises NoTemplate."""
        renderer = make_renderer(self.app, LessonRenderer, notebook, request_handler=self, page_config={})
        await renderer.initialize()
        renderer.resources["hocso"] = page | {"own": False}
        kernels = self.app.kernel_manager
        plain = await self.app.ready_lessons.plain()
        ready = {"template": plain, "light": True} if plain else {}
        kernel_id = await self.start_kernel(notebook, allowed, **ready)
        try:
            body = await renderer.generate_content_str(kernel_id, kernels.get_kernel(kernel_id))
        except BaseException:
            await kernels.shutdown_kernel(kernel_id, now=True)
            raise
        return self.around(explain(self.app, body, page["mode"]), page, kernel_id, None)

    def around(self, body: str, page: dict, kernel_id: str, visit: dict | None) -> str:
        """The page around `body`; without `visit` Voilà's front end draws the widgets."""
        return (
            self.settings["pages"]
            .get_template(self.template)
            .render(
                page,
                body=Markup(body),
                kernel_id=kernel_id,
                visit=visit,
                front_end=self.front_end(kernel_id) if visit is None else None,
                static_url=self.static_url,
                xsrf=self.xsrf_token.decode(),
            )
        )

    def front_end(self, kernel_id: str) -> dict:
        """What Voilà's front end is told of this page."""
        # It compiles templates (unsafe-eval); anywidget imports modules from blobs.
        self.allow_scripts("'self' blob: 'unsafe-eval'")
        about = get_page_config(
            base_url=self.app.base_url,
            settings=self.settings,
            log=self.app.log,
            voila_configuration=self.app.voila_configuration,
        )
        return about | {"baseUrl": self.app.base_url, "kernelId": kernel_id}

    async def show_notebook(
        self, notebook: Path, page: dict, allowed: Pass | None = None, state: dict | None = None
    ) -> None:
        self.finish(await self.make_page(notebook, page, allowed, state))

    async def make_page(self, notebook: Path, page: dict, allowed: Pass | None, state: dict | None) -> str:
        """As `render_notebook`, for the page's handler: what hinders it is refused in words."""
        if self.visitor is None:
            await self.sign_in(Visitor.new())
        try:
            return await self.render_notebook(notebook, page, allowed, state)
        except LessonFailed as error:
            self.app.log.error("Bài học không chạy được: %s. Mở sổ bài trong JupyterLab để xem lỗi.", error)
            raise Refused(
                500,
                "Bài học này đang bị lỗi nên chưa mở được. Mời bà con học bài khác và báo giảng viên.",
            ) from None
        except HallIsFull:
            raise Refused(503, MESSAGES[503], retry_after=60) from None
        except HasLeft:
            raise Refused(403, "Máy này vừa đổi người học. Mời bà con vào lại bằng tên của mình.") from None
        except NoTemplate as error:
            self.app.log.error("Chưa mở được ngăn riêng cho bài học: %s", error)
            raise Refused(503, NO_ROOM_OF_ITS_OWN, retry_after=10) from None


def tag_of(state: dict | None) -> str | None:
    """What a learner's browser keeps answers under; None in a trial."""
    return state["learner_tag"] if state else None


class LessonPage(NotebookPage):
    """A lesson. Without signing in it can be looked at; then nothing is recorded, and the page says so."""

    async def get(self, track_slug, slug):
        lesson = self.catalogue.lesson(f"{track_slug}/{slug}")
        name, place, allowed, state = None, None, None, None
        if self.visitor is not None and self.visitor.learner_id is not None:
            with self.reading() as session:
                learner = self.learner(session)
                if learner is not None:
                    name, place = learner.full_name, events.place(session, learner.id, lesson.id)
                    class_id = self.class_session_id(session)
                    allowed = self.pass_of(learner, lesson.id, None, class_id)
                    state = learner_state(session, allowed)
        page = self.app.about(lesson.path)
        page |= {"learner_name": name, "place": place, "learner_tag": tag_of(state)}
        html = await self.make_page(lesson.path, page, allowed, state)
        if allowed is not None:
            await self._record_opening(allowed)
        self.finish(html)

    async def _record_opening(self, allowed):
        """A lesson can be read also where nothing can be written just now; its exercises say so."""
        with suppress(StorageFull, StorageBusy):
            async with self.writing(wait_s=SHORT_WAIT_S) as session:
                events.append(
                    session,
                    id=str(uuid.uuid4()),
                    learner_id=allowed.learner_id,
                    lesson_id=allowed.lesson_id,
                    verb="initialized",
                    occurred_at=datetime.now(UTC),
                    class_session_id=allowed.class_session_id,
                )


class QuizPage(NotebookPage):
    """The quiz of a lesson: nbgrader's release version as an app. Only for those who signed in."""

    def turn_away(self, role):
        if not self.expired():
            self.flash("Muốn làm bài kiểm tra, mời bà con vào lớp bằng tên của mình.")
        super().turn_away(role)

    async def get(self, track_slug, slug):
        lesson = self.catalogue.lesson(f"{track_slug}/{slug}")
        if lesson.quiz_id is None:
            raise Refused(404, "Bài học này chưa có bài kiểm tra.")
        async with self.writing() as session:
            learner = self.learner(session)
            name, class_id = learner.full_name, self.class_session_id(session)
            attempts.current_attempt(session, learner.id, lesson.quiz_id, class_id)
            allowed = self.pass_of(learner, lesson.id, lesson.quiz_id, class_id)
            state = learner_state(session, allowed)
        release = grading.release_path(self.app.data, lesson.quiz_id)
        page = self.app.about(release) | {"learner_name": name, "learner_tag": tag_of(state)}
        await self.show_notebook(release, page, allowed, state)


def routes(slug):
    return [
        (rf"/hoc/{slug}/{slug}", LessonPage),
        (rf"/kiem-tra/{slug}/{slug}", QuizPage),
    ]
