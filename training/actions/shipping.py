"""Putting the courses that ship with the product into the database, and keeping them as their files say.

AddressTaken   a course that staff wrote has the address of a shipped one
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import audit
from training.models import Choice, Course, Lesson, Question
from training.shipped import ShippedCourse

_ACTOR = "Portico"
_COURSE_FIELDS = (
    "title", "summary", "product", "position", "pass_percent", "months_valid", "fingerprint",
)  # fmt: skip
_LESSON_FIELDS = ("position", "title", "minutes", "body", "picture", "picture_alt")


class AddressTaken(Exception):
    """A course that staff wrote has the address of a shipped one; it is left as it is, and the message names both."""


def put_in_courses(*, shipped: Iterable[ShippedCourse], now: datetime) -> list[Course]:
    """Put courses in that are new, change those whose files changed, and return both; doing it again changes nothing.

    A new one is published at once. One that staff withdrew is changed and stays withdrawn. Lessons keep what people
    have read as long as they keep their address. Raises `AddressTaken`.
    """
    return [course for one in shipped if (course := _put_in(one, now)) is not None]


@transaction.atomic
def _put_in(shipped: ShippedCourse, now: datetime) -> Course | None:
    wanted = shipped.course
    course, is_new = Course.objects.select_for_update().get_or_create(
        slug=wanted.slug, defaults={"is_published": True, **{name: getattr(wanted, name) for name in _COURSE_FIELDS}}
    )
    if not course.is_shipped:
        raise AddressTaken(
            f"The course “{course}” has the address {course.slug} of a course that ships with the product. It was "
            "left as it is, and the shipped one is missing."
        )
    if not is_new and course.fingerprint == wanted.fingerprint:
        return None
    for name in _COURSE_FIELDS:
        setattr(course, name, getattr(wanted, name))
    course.version += 1
    course.save()
    # Attempts hold their own paper, so nothing points at questions.
    course.questions.all().delete()
    lessons = {lesson.slug: _lesson(course, lesson) for lesson in shipped.lessons}
    course.lessons.exclude(slug__in=lessons).delete()
    for question, choices in shipped.questions:
        row = Question.objects.create(
            course=course, position=question.position, text=question.text, lesson=lessons[question.lesson.slug]
        )
        Choice.objects.bulk_create(
            Choice(question=row, text=choice.text, is_right=choice.is_right) for choice in choices
        )
    action = "course.published" if is_new else "course.renewed"
    audit.record(action, partner_id=None, actor=_ACTOR, target=course, at=now, details={"version": course.version})
    return course


def _lesson(course: Course, wanted: Lesson) -> Lesson:
    values = {name: getattr(wanted, name) for name in _LESSON_FIELDS}
    return Lesson.objects.update_or_create(course=course, slug=wanted.slug, defaults=values)[0]
