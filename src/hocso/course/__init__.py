"""The catalogue of tracks, lessons and quizzes, read from the notebooks as they lie in the kit; the glossary;
and (module `checker`, imported where it is needed) what is wrong with a lesson or quiz.

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
from .glossary import Glossary, GlossaryError, Term, link_terms, load_glossary
from .kit import KitNotFound, data_folder, kit_folder

__all__ = [
    "Catalogue",
    "CatalogueError",
    "ExerciseRef",
    "Glossary",
    "GlossaryError",
    "KitNotFound",
    "Lesson",
    "Quiz",
    "Step",
    "Term",
    "Track",
    "UnknownLesson",
    "UnknownQuiz",
    "UnknownTrack",
    "data_folder",
    "kit_folder",
    "link_terms",
    "load_catalogue",
    "load_glossary",
]
