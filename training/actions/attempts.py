"""Taking a quiz: a paper of its own for each attempt, handed in once and judged here.

QuizProblem
  AlreadyCertified   the person's certificate holds for a good while yet
  CourseWithdrawn    the course was taken off the list meanwhile
"""

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import audit
from accounts.models import Membership
from training.actions.certificates import issue_certificate
from training.models import Attempt, Certificate, Course
from training.models.attempt import right_choices


class QuizProblem(Exception):
    """The quiz cannot be begun or handed in; the message says why and what to do."""


class AlreadyCertified(QuizProblem):
    """The person's certificate holds for a good while yet."""


class CourseWithdrawn(QuizProblem):
    """The course was taken off the list meanwhile."""


@transaction.atomic
def start_attempt(*, course: Course, membership: Membership, shuffled: Random, now: datetime) -> Attempt:
    """Return the attempt the member has open, or a new one whose questions and choices are in an order of their own.

    One that was opened before the course changed goes on as well. Raises `AlreadyCertified`, `CourseWithdrawn`.
    """
    course = _taken_course(course.pk)
    where = {"user_id": membership.user_id, "partner_id": membership.partner_id, "course": course}
    today = now.astimezone(zone_of(membership)).date()
    newest = Certificate.objects.good().filter(**where).newest_first().first()
    if newest is not None and today < newest.due_from:
        raise AlreadyCertified(f"You are certified. From {newest.due_from:%-d %B %Y} on you can take the quiz again.")
    return Attempt.objects.get_or_create(
        **where,
        handed_in_at=None,
        defaults={
            "course_version": course.version, "pass_percent": course.pass_percent, "started_at": now,
            "paper": _paper(course, shuffled),
        },
    )[0]  # fmt: skip


@transaction.atomic
def hand_in(*, attempt: Attempt, answers: list[list[int]], membership: Membership, now: datetime) -> Attempt:
    """Judge an attempt by its own paper, give a certificate to whoever passes, and return the attempt as it is then.

    ``answers`` holds, for each question, the numbers of the choices that were made. Handing in a second time changes
    nothing. Raises `CourseWithdrawn`.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.handed_in_at is not None:
        return attempt
    attempt.course = _taken_course(attempt.course_id)
    attempt.answers = answers
    attempt.right = sum(
        set(chosen) == right_choices(question) for question, chosen in zip(attempt.paper, answers, strict=True)
    )
    attempt.handed_in_at = now
    attempt.is_passed = attempt.right * 100 >= attempt.pass_percent * attempt.asked
    attempt.save()
    audit.record(
        "training.passed" if attempt.is_passed else "training.failed",
        partner_id=attempt.partner_id,
        actor=membership.user,
        target=attempt.course,
        at=now,
        details={"right": attempt.right, "asked": attempt.asked},
    )
    if attempt.is_passed:
        issue_certificate(attempt=attempt, membership=membership, zone=zone_of(membership), now=now)
    return attempt


def zone_of(membership: Membership) -> ZoneInfo:
    """Return the zone in which the member reads times."""
    return ZoneInfo(membership.user.time_zone or membership.partner.time_zone)


def _taken_course(course_id: int) -> Course:
    """Return the course as it is now. Raises `CourseWithdrawn`."""
    course = Course.objects.get(pk=course_id)
    if not course.is_published:
        raise CourseWithdrawn(f"“{course}” was withdrawn meanwhile. Nothing that you answered is counted.")
    return course


def _paper(course: Course, shuffled: Random) -> list[dict]:
    questions = list(course.questions.select_related("lesson").prefetch_related("choices"))
    shuffled.shuffle(questions)
    return [_asked(question, shuffled) for question in questions]


def _asked(question, shuffled: Random) -> dict:
    choices = list(question.choices.all())
    shuffled.shuffle(choices)
    return {
        "text": question.text,
        "lesson": question.lesson.slug,
        "lesson_title": question.lesson.title,
        "choices": [{"text": choice.text, "is_right": choice.is_right} for choice in choices],
    }
