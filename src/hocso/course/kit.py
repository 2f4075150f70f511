"""Where the kit lies (lessons, quizzes, apps) and where a commune's own data lies."""

import os
from pathlib import Path


class KitNotFound(Exception):
    """The folder with lessons/ and quizzes/ could not be found."""


def kit_folder() -> Path:
    """The folder that holds lessons/, quizzes/ and voila_apps/: HOCSO_KIT, else the checkout this package
    is installed from, else the working directory. Raises KitNotFound."""
    named = os.environ.get("HOCSO_KIT")
    candidates = [Path(named)] if named else [Path(__file__).resolve().parents[3], Path.cwd()]
    for folder in candidates:
        if (folder / "lessons").is_dir() and (folder / "quizzes").is_dir():
            return folder.resolve()
    raise KitNotFound(
        "Không tìm thấy thư mục bài học (cần có lessons/ và quizzes/) ở: "
        + ", ".join(str(folder) for folder in candidates)
        + ". Hãy chạy lệnh trong thư mục của bộ Học Số, hoặc đặt biến HOCSO_KIT."
    )


def data_folder(kit: Path) -> Path:
    """The folder for all that is written at run time: HOCSO_DATA, else data/ in the kit. Not created here."""
    return Path(os.environ.get("HOCSO_DATA") or kit / "data").resolve()
