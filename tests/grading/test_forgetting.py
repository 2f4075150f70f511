"""Who was removed leaves nothing in nbgrader's course; everybody else's work stays."""

from contextlib import closing

from nbgrader.api import Gradebook

from hocso.grading.course import course_at
from hocso.grading.worker import Worker
from hocso.records import hamlets, open_database, removal

from .conftest import QUIZ, RIGHT, WRONG, somebody


def test_the_worker_takes_those_who_were_removed_out_of_the_course(kit, data, attempt):
    with closing(open_database(data / "hocso.db")) as database:
        with database.session() as session:
            hamlet_id = hamlets.add(session, "Ấp Mẫu 1").id
            going, staying = (
                somebody(session, hamlet_id, name) for name in ("Nguyễn Văn Mẫu", "Trần Thị Mẫu")
            )
        attempt("lan-1", RIGHT, learner_id=going.id, learner_code=going.code)
        attempt("lan-2", WRONG, learner_id=staying.id, learner_code=staying.code)
        course = course_at(kit, data)
        worker = Worker(database, course, graders=None, bell=None)
        worker.forget_removed()
        assert (course.submitted(going.id, QUIZ) / f"{QUIZ}.ipynb").is_file()
        with database.session() as session:
            removal.remove(session, going.id, "asked")
        worker.forget_removed()
        assert [path for path in course.root.rglob("*") if going.id in str(path)] == []
        with Gradebook(course.gradebook_url, "") as gradebook:
            assert [one.id for one in gradebook.students] == [staying.id]
            assert [one.student_id for one in gradebook.assignment_submissions(QUIZ)] == [staying.id]
        assert (course.submitted(staying.id, QUIZ) / f"{QUIZ}.ipynb").is_file()
        worker.forget_removed()
