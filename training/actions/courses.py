"""Writing a course, publishing and withdrawing it: what platform staff does."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from training.models import Course

# What staff writes; whether it is published, its version and its address are none of it.
_WRITTEN = ("title", "summary", "product", "position", "pass_percent", "months_valid")


class CourseClosed(Exception):
    """The course may not be edited as it is now; the message says why and what to do."""


class CourseNotReady(Exception):
    """Something is missing without which nobody could take the course; the message says what."""


@transaction.atomic
def save_course(*, course: Course, actor: User, now: datetime) -> Course:
    """Keep a course that is new or was changed. Its lessons and questions are rows of their own.

    Raises `CourseClosed` for one that was published since it was read.
    """
    is_new = course.pk is None
    if is_new:
        course.save()
    else:
        there = Course.objects.select_for_update().get(pk=course.pk)
        if there.is_published or there.is_shipped:
            raise CourseClosed(f"“{there}” was published meanwhile, so nothing was saved. Withdraw it first.")
        course.save(update_fields=_WRITTEN)
    action = "course.created" if is_new else "course.edited"
    audit.record(action, partner_id=None, actor=actor, target=course, at=now)
    return course


@transaction.atomic
def publish_course(*, course: Course, actor: User, now: datetime) -> None:
    """Let partners' people take a course. A published one stays as it is. Raises `CourseNotReady`."""
    course = Course.objects.select_for_update().get(pk=course.pk)
    if course.is_published:
        return
    refuse_unready(course)
    course.is_published = True
    course.version += 1
    course.save(update_fields=["is_published", "version"])
    audit.record(
        "course.published", partner_id=None, actor=actor, target=course, at=now, details={"version": course.version}
    )


@transaction.atomic
def withdraw_course(*, course: Course, actor: User, now: datetime) -> None:
    """Take a course off the list; certificates stay valid, and what is being answered is not counted any more."""
    course = Course.objects.select_for_update().get(pk=course.pk)
    if not course.is_published:
        return
    course.is_published = False
    course.save(update_fields=["is_published"])
    audit.record("course.withdrawn", partner_id=None, actor=actor, target=course, at=now)


def refuse_unready(course: Course) -> None:
    """Raise `CourseNotReady` unless the course has lessons and a quiz that can be passed and failed."""
    questions = list(course.questions.select_related("lesson").prefetch_related("choices"))
    if not course.lessons.exists() or not questions:
        raise CourseNotReady(f"“{course}” needs at least one lesson and one question.")
    for question in questions:
        answers = {choice.is_right for choice in question.choices.all()}
        if answers != {True, False}:
            raise CourseNotReady(f"The question “{question}” needs a right choice and a wrong one.")
        if question.lesson.course_id != course.pk:
            raise CourseNotReady(f"The question “{question}” names a lesson of another course.")
