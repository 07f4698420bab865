"""The tables of `training`, one file per noun."""

from training.models.attempt import Attempt
from training.models.certificate import Certificate
from training.models.course import Course
from training.models.lesson import Lesson, LessonReading
from training.models.question import Choice, Question

__all__ = ["Attempt", "Certificate", "Choice", "Course", "Lesson", "LessonReading", "Question"]
