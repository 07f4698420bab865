"""Telling all Administrators what becomes of a client's older versions, in the caller's transaction."""

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse

from notifications import deletion_emails
from organizations.actions.administrators import tell_administrators
from organizations.models import Organization, RetentionRule
from organizations.models.retention_rule import period_words


def tell_tightened(rule: RetentionRule) -> None:
    """Tell of a stricter rule that waits."""
    _tell(
        deletion_emails.retention_tightened, rule.organization, f"{rule.revision}", before=period_words(rule.days),
        after=period_words(rule.next_days), set_by=rule.set_by, next_at=rule.next_at,
    )  # fmt: skip


def tell_frozen(rule: RetentionRule) -> None:
    """Tell that nothing is removed any more, and why."""
    key = f"{rule.frozen_at:%Y%m%d%H%M%S}"
    _tell(deletion_emails.retention_frozen, rule.organization, key, because=rule.frozen_because)


def _tell(mail: Callable, organization: Organization, key: str, **facts) -> None:
    url = settings.BASE_URL + reverse("backups:retention", args=[organization.uuid])
    tell_administrators(mail, organization, f"{organization.pk}:{key}", retention_url=url, **facts)
