"""Reading and changing which newsletters a person gets."""

from datetime import datetime

from django.db import transaction

from notifications.models import EmailPreference


def subscribed_categories(user_id: int) -> set[str]:
    """Return the codes of the categories this person gets."""
    answers = dict(EmailPreference.objects.filter(user_id=user_id).values_list("category", "is_subscribed"))
    return {
        category.value
        for category in EmailPreference.Category
        if answers.get(category.value, category in EmailPreference.ON_BY_DEFAULT)
    }


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
