"""Making the news that tests talk about, and people who want it by mail."""

from django.utils import timezone

from accounts.models import Membership
from accounts.tests.factories import make_member, make_user
from news.models import NewsItem
from notifications.models import EmailPreference

EVERY_MARK = (
    "Look at:\n\n- `one`\n- **two**\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[more](https://example.com)"
)


def make_news(title: str = "Restores are quicker", *, only_for=(), **fields) -> NewsItem:
    """Make an item that was published a moment ago; for some partners only where they are named."""
    now = timezone.now()
    fields.setdefault("summary", "A large mailbox comes back in half the time.")
    fields.setdefault("body", "We read **ahead** now.")
    fields.setdefault("category", EmailPreference.Category.PRODUCT)
    fields.setdefault("publish_at", now)
    item = NewsItem.objects.create(title=title, is_for_all=not only_for, created_at=now, **fields)
    item.only_for.set(only_for)
    return item


def subscribe(membership: Membership, category: str, *, wants: bool = True) -> None:
    EmailPreference.objects.update_or_create(
        user=membership.user, category=category, defaults={"is_subscribed": wants, "changed_at": timezone.now()}
    )


def make_subscriber(partner, name: str, category: str) -> Membership:
    member = make_member(make_user(name), partner)
    subscribe(member, category)
    return member
