"""Where the nbgrader course lies, and the one writer at a time that it admits."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from traitlets.config import Config, PyFileConfigLoader

from hocso.kernels.kernelspec import ready_kernel_name

from .errors import CourseMisplaced

# The kernelspec that grades submissions, whatever kernelspec a quiz names: kernels forked from a process that
# has imported hocso.learn; Python's own where they can't be had.
GRADING_KERNEL = ready_kernel_name()

# nbgrader puts its paths into glob patterns and, apart from the root, into regular expressions.
GLOB_CHARACTERS = frozenset("*?[")
REGEX_CHARACTERS = frozenset("()[]{}+*?^$|\\")

_environment_lock = threading.Lock()


@dataclass(frozen=True)
class Course:
    """The course of one kit (with quizzes/source, only read) and one data folder (all that is written)."""

    kit: Path
    data: Path

    @property
    def root(self) -> Path:
        return self.data / "course"

    @property
    def gradebook_url(self) -> str:
        return f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def staging(self) -> Path:
        """Half-written folders, on the same file system as the places that they are moved to."""
        return self.root / ".staging"

    @property
    def running(self) -> Path:
        """Where submissions are executed, each in a folder of its own."""
        return self.root / ".running"

    def source(self, quiz_id: str) -> Path:
        return self.kit / "quizzes" / "source" / quiz_id

    def release(self, quiz_id: str) -> Path:
        return self.root / "release" / quiz_id

    def submitted(self, learner_id: str, quiz_id: str) -> Path:
        return self.root / "submitted" / learner_id / quiz_id

    def autograded(self, learner_id: str, quiz_id: str) -> Path:
        return self.root / "autograded" / learner_id / quiz_id

    def attempts(self, learner_id: str, quiz_id: str) -> Path:
        """One folder for each attempt, with <quiz>.ipynb, timestamp.txt and, once graded, marking.json."""
        return self.root / "attempts" / learner_id / quiz_id

    def make_root(self) -> None:
        """Make the folder for what nbgrader writes, readable by its owner only: it holds people's answers."""
        self.root.parent.mkdir(parents=True, exist_ok=True)
        self.root.mkdir(mode=0o700, exist_ok=True)
        self.root.chmod(0o700)  # a restored one too

    def place(self, c: Config) -> None:
        """Tell nbgrader where all this lies; make the folder for what it writes. Raises CourseMisplaced."""
        source = os.path.relpath(self.kit / "quizzes" / "source", self.root)
        if GLOB_CHARACTERS & set(str(self.root)) or REGEX_CHARACTERS & set(source):
            raise CourseMisplaced(
                f"Tên thư mục có ký tự mà nbgrader không dùng được (như ngoặc hoặc dấu sao): {self.root}, "
                f"{self.kit}. Hãy đổi tên thư mục, hoặc để thư mục dữ liệu ở trong bộ Học Số."
            )
        self.make_root()
        c.BaseConverter.permissions = 600  # else anybody on this machine may read what it writes
        c.CourseDirectory.root = str(self.root)
        c.CourseDirectory.source_directory = source
        c.CourseDirectory.db_url = self.gradebook_url
        c.Exchange.root = str(self.root / "exchange")
        c.ExportPlugin.to = str(self.root / "grades.csv")

    def config(self) -> Config:
        """The settings of quizzes/nbgrader_config.py, for this data folder."""
        with _data_in_environment(self.data):
            return PyFileConfigLoader("nbgrader_config.py", path=str(self.kit / "quizzes")).load_config()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process at a time writes to the course. What a killed writer left half done is cleared."""
        self.make_root()
        with FileLock(self.root / ".lock"):
            shutil.rmtree(self.staging, ignore_errors=True)
            try:
                yield
            finally:
                shutil.rmtree(self.staging, ignore_errors=True)


def course_at(kit: Path | str, data: Path | str) -> Course:
    return Course(Path(kit).resolve(), Path(data).resolve())


@contextmanager
def _data_in_environment(data: Path) -> Iterator[None]:
    with _environment_lock:
        before = os.environ.get("HOCSO_DATA")
        os.environ["HOCSO_DATA"] = str(data)
        try:
            yield
        finally:
            if before is None:
                del os.environ["HOCSO_DATA"]
            else:
                os.environ["HOCSO_DATA"] = before
