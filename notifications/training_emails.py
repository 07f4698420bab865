"""Mails about training."""

from datetime import date

from notifications.delivery import deliver
from notifications.models import EmailPreference


def certificate_due(
    *, to: str, name: str, user_id: int, course: str, valid_until: date, course_url: str, key: str
) -> None:
    """Tell somebody, once for the key, that a certificate ends soon; with one-click unsubscribing (RFC 8058)."""
    deliver(
        "certificate_due",
        to=to,
        key=key,
        category=EmailPreference.Category.DUE_AGAIN,
        user_id=user_id,
        context={"name": name, "course": course, "valid_until": valid_until, "course_url": course_url},
    )
