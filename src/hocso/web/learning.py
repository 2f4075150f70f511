"""Lessons and quizzes, rendered by Voilà in a kernel of the visitor's own."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearOutputPreprocessor
from tornado.web import HTTPError
from voila.notebook_renderer import NotebookRenderer
from voila.utils import get_page_config

from hocso import grading
from hocso.records import attempts, events

from .identity import Visitor
from .kernels import HallIsFull
from .page import Page, Refused
from .tokens import Pass


class LessonFailed(Exception):
    """A lesson or quiz can't be read, or a cell failed; names the place and the kind of error only."""


class LessonRenderer(NotebookRenderer):
    """Voilà's renderer for a notebook at any path: leaves the trainer's notes out, and stops at an error."""

    async def load_notebook(self, path):
        try:
            notebook = nbformat.read(path, as_version=4)
        except (OSError, ValueError) as error:
            raise LessonFailed(f"{path}: {type(error).__name__}") from error
        notebook.cells = [
            cell for cell in notebook.cells if not cell.metadata.get("hocso", {}).get("trainer_note")
        ]
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


class NotebookPage(Page):
    """A page with a kernel behind it."""

    # Voilà's front end compiles templates (unsafe-eval) and anywidget imports modules from blobs.
    # Scripts in the page itself stay forbidden.
    script_sources = "'self' blob: 'unsafe-eval'"

    async def render_notebook(self, notebook: Path, page: dict, allowed: Pass | None) -> str:
        """The whole page as HTML; raises LessonFailed, HallIsFull. `page` is for our template."""
        app, kernels = self.app, self.app.kernel_manager
        configuration = app.voila_configuration
        renderer = LessonRenderer(
            request_handler=self,
            voila_configuration=configuration,
            traitlet_config=app.config,
            notebook_path=str(notebook),
            template_paths=app.template_paths,
            config_manager=app.config_manager,
            contents_manager=app.contents_manager,
            base_url=app.base_url,
            kernel_spec_manager=app.kernel_spec_manager,
            page_config=get_page_config(
                base_url=app.base_url,
                settings=self.settings,
                log=app.log,
                voila_configuration=configuration,
            ),
        )
        await renderer.initialize()
        renderer.resources["hocso"] = page | {
            "asset": {name: self.static_url(name) for name in ("hocso.css", "lesson.js", "favicon.svg")},
            "xsrf": self.xsrf_token.decode(),
        }
        kernel_id = await kernels.start_for(
            self.visitor.id,
            cwd=str(notebook.parent),
            api=app.kernel_api_url,
            token=self.settings["tokens"].issue(allowed) if allowed else None,
        )
        try:
            return await renderer.generate_content_str(kernel_id, kernels.get_kernel(kernel_id))
        except BaseException:
            await kernels.shutdown_kernel(kernel_id, now=True)
            raise

    async def show_notebook(self, notebook: Path, page: dict, allowed: Pass | None) -> None:
        if self.visitor is None:
            self.sign_in(Visitor.new())
        try:
            html = await self.render_notebook(notebook, page, allowed)
        except LessonFailed as error:
            self.app.log.error("Bài học không chạy được: %s. Mở sổ bài trong JupyterLab để xem lỗi.", error)
            raise Refused(
                500,
                "Bài học này đang bị lỗi nên chưa mở được. Mời bà con học bài khác và báo giảng viên.",
            ) from None
        except HallIsFull:
            self.set_header("Retry-After", "60")
            raise HTTPError(503) from None
        self.finish(html)

    def about(self, lesson, mode: str, learner_name: str | None, place: str | None = None) -> dict:
        """What the template shows around a notebook."""
        return {
            "mode": mode,
            "lesson": lesson,
            "track": self.catalogue.track(lesson.track),
            "following": self.catalogue.after(lesson),
            "learner_name": learner_name,
            "place": place,
        }


class LessonPage(NotebookPage):
    """A lesson. Without signing in it can be looked at; then nothing is recorded, and the page says so."""

    async def get(self, track_slug, slug):
        lesson = self.catalogue.lesson(f"{track_slug}/{slug}")
        name, place, allowed = None, None, None
        if self.visitor is not None and self.visitor.learner_id is not None:
            with self.writing() as session:
                learner = self.learner(session)
                if learner is not None:
                    name, place = learner.full_name, events.place(session, learner.id, lesson.id)
                    self._record_opening(session, learner.id, lesson.id)
                    allowed = Pass(learner.id, lesson.id, class_session_id=self.visitor.class_session_id)
        await self.show_notebook(lesson.path, self.about(lesson, "lesson", name, place), allowed)

    def _record_opening(self, session, learner_id, lesson_id):
        events.append(
            session,
            id=str(uuid.uuid4()),
            learner_id=learner_id,
            lesson_id=lesson_id,
            verb="initialized",
            occurred_at=datetime.now(UTC),
            class_session_id=self.visitor.class_session_id,
        )


class QuizPage(NotebookPage):
    """The quiz of a lesson: nbgrader's release version as an app. Only for those who signed in."""

    async def get(self, track_slug, slug):
        lesson = self.catalogue.lesson(f"{track_slug}/{slug}")
        if lesson.quiz_id is None:
            raise Refused(404, "Bài học này chưa có bài kiểm tra.")
        with self.writing() as session:
            learner = self.learner(session)
            name = learner.full_name if learner else None
            if learner:
                attempts.current_attempt(session, learner.id, lesson.quiz_id, self.visitor.class_session_id)
        if name is None:
            if not self.expired():
                self.flash("Muốn làm bài kiểm tra, mời bà con vào lớp bằng tên của mình.")
            self.ask_to_sign_in()
            return
        allowed = Pass(self.visitor.learner_id, lesson.id, lesson.quiz_id, self.visitor.class_session_id)
        release = grading.release_path(self.app.data, lesson.quiz_id)
        await self.show_notebook(release, self.about(lesson, "quiz", name), allowed)


def routes(slug):
    return [
        (rf"/hoc/{slug}/{slug}", LessonPage),
        (rf"/kiem-tra/{slug}/{slug}", QuizPage),
    ]
