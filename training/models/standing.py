"""How somebody stands with a course: read how far, certified until when, due again when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.db.models import Sum

from training.models.attempt import Attempt
from training.models.certificate import NOTICE, Certificate
from training.models.course import Course
from training.models.lesson import LessonReading


class State(StrEnum):
    """Where somebody is with a course."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    CERTIFIED = "CERTIFIED"
    DUE_SOON = "DUE_SOON"
    RAN_OUT = "RAN_OUT"


@dataclass(frozen=True)
class Standing:
    """One person and one course, on one day."""

    minutes: int
    minutes_read: int
    has_tried: bool
    certificate_uuid: UUID | None
    valid_until: date | None
    today: date

    @property
    def state(self) -> State:
        if self.valid_until is None:
            return State.IN_PROGRESS if self.minutes_read or self.has_tried else State.NOT_STARTED
        if self.today > self.valid_until:
            return State.RAN_OUT
        return State.DUE_SOON if self.today >= self.valid_until - NOTICE else State.CERTIFIED

    @property
    def is_certified(self) -> bool:
        """Whether a certificate holds today."""
        return self.state in (State.CERTIFIED, State.DUE_SOON)

    @property
    def percent_read(self) -> int:
        return self.minutes_read * 100 // self.minutes if self.minutes else 0


def standings(
    *, partner_id: int, user_ids: Iterable[int], courses: Iterable[Course], today: date
) -> dict[tuple[int, int], Standing]:
    """Return how each of the people stands with each of the courses, by (user id, course id), in three queries.

    ``courses`` come with their size (`CourseQuerySet.with_size`). Certificates that were withdrawn count for nothing.
    """
    people, courses = list(user_ids), list(courses)
    where = {"partner_id": partner_id, "user_id__in": people}
    read = {
        (row["user_id"], row["lesson__course_id"]): row["minutes"]
        for row in LessonReading.objects.filter(lesson__course__in=courses, **where)
        .values("user_id", "lesson__course_id")
        .annotate(minutes=Sum("lesson__minutes"))
    }
    tried = set(
        Attempt.objects.filter(course__in=courses, **where).order_by().values_list("user_id", "course_id").distinct()
    )
    newest = {
        (certificate.user_id, certificate.course_id): certificate
        for certificate in Certificate.objects.good()
        .filter(course__in=courses, **where)
        .order_by("user_id", "course_id", "-valid_until", "-id")
        .distinct("user_id", "course_id")
    }
    return {
        (person, course.pk): Standing(
            minutes=course.minutes,
            minutes_read=read.get((person, course.pk), 0),
            has_tried=(person, course.pk) in tried,
            certificate_uuid=getattr(newest.get((person, course.pk)), "uuid", None),
            valid_until=getattr(newest.get((person, course.pk)), "valid_until", None),
            today=today,
        )
        for person in people
        for course in courses
    }
