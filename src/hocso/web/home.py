"""The home page: the campaign, the tracks, the lessons, and how far I am."""

from hocso.records import certificates, completions, hamlets

from .page import Page


class Home(Page):
    def get(self):
        with self.reading() as session:
            learner = self.learner(session)
            status = completions.lesson_status(session, self.catalogue, learner.id) if learner else {}
            papers = certificates.available(session, self.catalogue, learner.id, status) if learner else ()
            set_up = bool(hamlets.listed(session))
        tracks = [
            {
                "track": track,
                "lessons": [(lesson, status.get(lesson.id)) for lesson in track.lessons],
                "certificate": track.slug in papers,
                "done": sum(1 for lesson in track.lessons if _completed(status.get(lesson.id))),
            }
            for track in self.catalogue.tracks
            if track.lessons
        ]
        self.show("home.html", tracks=tracks, set_up=set_up, go_on=self._go_on(status))

    def _go_on(self, status):
        """The lesson to offer first: begun and not finished, else the first that is not finished."""
        open_lessons = [one for one in self.catalogue.lessons if not _completed(status.get(one.id))]
        begun = [one for one in open_lessons if status.get(one.id) and status[one.id].exercises_done]
        return next(iter(begun or open_lessons), None)


class Health(Page):
    """For scripts that wait until the server answers."""

    def get(self):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("ok")


def _completed(status) -> bool:
    return status is not None and status.completed


def routes():
    return [(r"/", Home), (r"/healthz", Health)]
