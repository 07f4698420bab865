"""Making the courses, attempts and certificates that tests talk about."""

import itertools
from datetime import UTC, datetime, timedelta
from random import Random

from django.utils import timezone

from accounts.models import Membership
from training.actions.attempts import hand_in, start_attempt
from training.models import Attempt, Certificate, Choice, Course, Lesson, Question
from training.models.attempt import right_choices

_numbers = itertools.count(1)


def make_course(title: str = "Essentials", *, lessons: int = 2, questions: int = 3, **fields) -> Course:
    """Make a published course: lessons of 10 minutes each; every question has two wrong choices and one right one,
    the last question two right ones.
    """
    number = next(_numbers)
    fields.setdefault("slug", f"course-{number}")
    fields.setdefault("summary", "What a technician needs on the first day.")
    fields.setdefault("product", Course.Product.CLOUD_BACKUP)
    fields.setdefault("is_published", True)
    course = Course.objects.create(title=title, version=1, **fields)
    for place in range(1, lessons + 1):
        make_lesson(course, place)
    for place in range(1, questions + 1):
        make_question(course, place, right=2 if place == questions else 1)
    return course


def make_lesson(course: Course, place: int = 1, **fields) -> Lesson:
    fields.setdefault("body", f"Text of lesson **{place}**.")
    return Lesson.objects.create(
        course=course, position=place, slug=f"lesson-{place}", title=f"Lesson {place}", minutes=10, **fields
    )


def make_question(course: Course, place: int = 1, *, right: int = 1) -> Question:
    question = Question.objects.create(
        course=course, position=place, text=f"Question {place}?", lesson=course.lessons.first()
    )
    Choice.objects.bulk_create(
        [Choice(question=question, text=f"right {number} of {place}", is_right=True) for number in range(right)]
        + [Choice(question=question, text=f"wrong {number} of {place}") for number in range(2)]
    )
    return question


def make_attempt(membership: Membership, course: Course, *, at: datetime | None = None) -> Attempt:
    return start_attempt(course=course, membership=membership, shuffled=Random(1), now=at or timezone.now())


def all_right(attempt: Attempt) -> list[list[int]]:
    """Return the answers with which an attempt is passed."""
    return [sorted(right_choices(question)) for question in attempt.paper]


def all_wrong(attempt: Attempt) -> list[list[int]]:
    """Return answers of which none is right."""
    return [
        [next(number for number, choice in enumerate(question["choices"]) if not choice["is_right"])]
        for question in attempt.paper
    ]


def as_fields(answers: list[list[int]]) -> dict:
    """Return what a browser sends for these answers."""
    return {f"question-{number}": [str(one) for one in chosen] for number, chosen in enumerate(answers, start=1)}


def make_certificate(
    membership: Membership, course: Course | None = None, *, at: datetime | None = None
) -> Certificate:
    """Let somebody pass a course."""
    now = at or timezone.now()
    attempt = make_attempt(membership, course or make_course(), at=now)
    return hand_in(attempt=attempt, answers=all_right(attempt), membership=membership, now=now).certificate


def long_ago(**ago) -> datetime:
    """Return a moment before now, at an hour at which it is the same day in Berlin and in London."""
    return datetime.now(UTC).replace(hour=12) - timedelta(**ago)
