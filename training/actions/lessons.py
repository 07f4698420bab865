"""Reading lessons."""

from datetime import datetime

from accounts.models import Membership
from training.models import Lesson, LessonReading


def mark_read(*, lesson: Lesson, membership: Membership, now: datetime) -> None:
    """Note that the member has read a lesson; a second time changes nothing."""
    reading = LessonReading(lesson=lesson, user_id=membership.user_id, partner_id=membership.partner_id, read_at=now)
    LessonReading.objects.bulk_create([reading], ignore_conflicts=True)
