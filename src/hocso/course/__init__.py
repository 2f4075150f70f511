"""The catalogue of tracks, lessons and quizzes, read from the notebooks as they lie in the kit.

Anyone above may read it; it knows nothing of learners, kernels or the web.
"""

from .catalogue import (
    Catalogue,
    CatalogueError,
    ExerciseRef,
    Lesson,
    Quiz,
    Step,
    Track,
    UnknownLesson,
    UnknownQuiz,
    UnknownTrack,
    load_catalogue,
)
from .kit import KitNotFound, data_folder, kit_folder

__all__ = [
    "Catalogue",
    "CatalogueError",
    "ExerciseRef",
    "KitNotFound",
    "Lesson",
    "Quiz",
    "Step",
    "Track",
    "UnknownLesson",
    "UnknownQuiz",
    "UnknownTrack",
    "data_folder",
    "kit_folder",
    "load_catalogue",
]
