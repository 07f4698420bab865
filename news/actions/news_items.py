"""Writing news, correcting and withdrawing it, and opening it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Partner, User
from news.models import NewsItem, Reading

_FIELDS = ("title", "summary", "category", "is_for_all", "is_mailed")


@transaction.atomic
def save_news_item(*, item: NewsItem, only_for: Iterable[Partner], actor: User, now: datetime) -> NewsItem:
    """Keep an item that is new or was changed, and note in the platform's log what was changed.

    Where it is not for all partners it is for those of ``only_for``. An item that was published before says from now
    on when it was corrected; nobody is mailed a second time.
    """
    before = NewsItem.objects.select_for_update().filter(pk=item.pk).first()
    reach = sorted(partner.name for partner in only_for)
    reach_before = sorted(before.only_for.values_list("name", flat=True)) if before else []
    if before is None:
        item.created_at = now
    else:
        # The clock may have gone on mailing while the form was open.
        item.mailed_up_to, item.mailed_at = before.mailed_up_to, before.mailed_at
        if before.publish_at <= now and _text(before) != _text(item):
            item.corrected_at = now
    item.save()
    item.only_for.set(only_for)
    details = _changes(before, item) if before else {}
    if before and reach != reach_before:
        details["only_for"] = [reach_before, reach]
    audit.record(_verb(before, item), partner_id=None, actor=actor, target=item, at=now, details=details)
    return item


def mark_read(*, item: NewsItem, user: User, now: datetime) -> None:
    """Note that the person has opened the item; a second time changes nothing."""
    Reading.objects.bulk_create([Reading(item=item, user=user, read_at=now)], ignore_conflicts=True)


def _verb(before: NewsItem | None, item: NewsItem) -> str:
    if before is None:
        return "news.created"
    if before.is_withdrawn != item.is_withdrawn:
        return "news.withdrawn" if item.is_withdrawn else "news.shown_again"
    return "news.edited"


def _text(item: NewsItem) -> tuple[str, str, str]:
    return item.title, item.summary, item.body


def _changes(before: NewsItem, item: NewsItem) -> dict:
    """Return old and new of what changed; of a long text only that it did."""
    changes = {
        name: [str(getattr(before, name)), str(getattr(item, name))]
        for name in _FIELDS
        if getattr(before, name) != getattr(item, name)
    }
    if before.publish_at != item.publish_at:
        changes["publish_at"] = [before.publish_at.isoformat(), item.publish_at.isoformat()]
    if before.body != item.body:
        changes["text"] = [f"{len(before.body)} characters", f"{len(item.body)} characters"]
    return changes
