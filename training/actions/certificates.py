"""Giving certificates and withdrawing them."""

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import audit
from accounts.models import Membership, User
from training.models import Attempt, Certificate


def issue_certificate(*, attempt: Attempt, membership: Membership, zone: ZoneInfo, now: datetime) -> Certificate:
    """Give a certificate for an attempt that was passed, in the caller's transaction; it says what holds today."""
    today = now.astimezone(zone).date()
    return Certificate.objects.create(
        user_id=attempt.user_id,
        partner_id=attempt.partner_id,
        course=attempt.course,
        attempt=attempt,
        person_name=membership.user.full_name or membership.user.email[:170],
        partner_name=membership.partner.name,
        course_title=attempt.course.title,
        right=attempt.right,
        asked=attempt.asked,
        issued_at=now,
        issued_on=today,
        valid_until=months_later(today, attempt.course.months_valid),
    )


@transaction.atomic
def withdraw_certificate(*, certificate: Certificate, reason: str, actor: User, now: datetime) -> None:
    """Let a certificate hold no longer; its public page says so from now on. A second time changes nothing."""
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if certificate.withdrawn_at is not None:
        return
    certificate.withdrawn_at, certificate.withdrawn_because = now, reason
    certificate.save(update_fields=["withdrawn_at", "withdrawn_because"])
    audit.record(
        "certificate.withdrawn",
        partner_id=certificate.partner_id,
        actor=actor,
        target=certificate,
        at=now,
        details={"name": certificate.person_name, "course": certificate.course_title, "reason": reason},
    )


def months_later(day: date, months: int) -> date:
    """Return the same day of the month so many months later, or the month's last where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
