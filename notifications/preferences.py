"""Reading and changing which newsletters a person gets, and whether alerts."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from notifications.models import AlertOptOut, EmailPreference


def subscribed_categories(user_id: int) -> set[str]:
    """Return the codes of the categories this person gets."""
    answers = dict(EmailPreference.objects.filter(user_id=user_id).values_list("category", "is_subscribed"))
    return {
        category.value
        for category in EmailPreference.Category
        if answers.get(category.value, category in EmailPreference.ON_BY_DEFAULT)
    }


def gets_category(category: str) -> Exists:
    """Return the condition, on rows of people, that they get newsletters of ``category``."""
    answers = EmailPreference.objects.filter(user=OuterRef("pk"), category=category)
    if category in EmailPreference.ON_BY_DEFAULT:
        return ~Exists(answers.filter(is_subscribed=False))
    return Exists(answers.filter(is_subscribed=True))


def set_preferences(*, user_id: int, categories: set[str], at: datetime) -> None:
    """Subscribe the person to exactly ``categories``."""
    rows = [
        EmailPreference(
            user_id=user_id, category=category.value, is_subscribed=category.value in categories, changed_at=at
        )
        for category in EmailPreference.Category
    ]
    with transaction.atomic():
        EmailPreference.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["user", "category"],
            update_fields=["is_subscribed", "changed_at"],
        )


def unsubscribe_from(*, user_id: int, category: str | None, at: datetime) -> None:
    """Take the person off one category, or off all of them where ``category`` is None."""
    remaining = set() if category is None else subscribed_categories(user_id) - {category}
    set_preferences(user_id=user_id, categories=remaining, at=at)


def wants_alerts(user_id: int) -> bool:
    """Return whether the person is mailed when a client's service is not accessible."""
    return not AlertOptOut.objects.filter(user_id=user_id).exists()


def set_wants_alerts(*, user_id: int, wants: bool, at: datetime) -> None:
    """Let the person be mailed about clients' services, or not any more."""
    if wants:
        AlertOptOut.objects.filter(user_id=user_id).delete()
    else:
        AlertOptOut.objects.get_or_create(user_id=user_id, defaults={"created_at": at})


def without_alerts(user_ids: list[int]) -> set[int]:
    """Return which of these people want no alerts."""
    return set(AlertOptOut.objects.filter(user_id__in=user_ids).values_list("user_id", flat=True))
