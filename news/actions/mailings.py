"""Mailing news to those who want it: everybody once, so many at a time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import Membership, User
from jobs.claims import Claim
from jobs.requests import request_job
from news.models import NewsItem
from notifications import newsletter_emails
from notifications.preferences import gets_category

JOB = "mail_news"
# So many mails go into the outbox at once, and then others have their turn: ten thousand people are reached within
# the hour, and a mail that says "your invitation" never waits behind all of them.
BATCH = 200
PAUSE = timedelta(minutes=1)


def request_due_mailings(now: datetime) -> None:
    """Ask for the mails of all items whose time has come; asking twice changes nothing."""
    for item_id in NewsItem.objects.to_be_mailed(now).values_list("pk", flat=True):
        request_job(JOB, subject_id=item_id, at=now, key=f"{JOB}:{item_id}")


def readers_of(item: NewsItem) -> QuerySet[User]:
    """Return who is mailed an item: the staff of the partners it is for, who can sign in and want its category."""
    places = Membership.objects.of_staff().usable().filter(user=OuterRef("pk"))
    if not item.is_for_all:
        places = places.filter(partner__in=item.only_for.all())
    return User.objects.filter(Exists(places), gets_category(item.category))


@transaction.atomic
def mail_batch(*, item_id: int, claim: Claim, now: datetime) -> None:
    """Put the next mails of an item into the outbox and come back in a minute for more, until everybody was asked.

    The row is locked, so what staff changes meanwhile holds for the mails that follow, and a withdrawn item ends
    the work. Raises `LeaseLost`.
    """
    item = NewsItem.objects.select_for_update().get(pk=item_id)
    if not item.is_to_be_mailed(now):
        claim.finish()
        return
    batch = list(readers_of(item).filter(pk__gt=item.mailed_up_to).order_by("pk")[:BATCH])
    for user in batch:
        _mail(item, user)
    if batch:
        item.mailed_up_to = batch[-1].pk
    if len(batch) < BATCH:
        item.mailed_at = now
        claim.finish()
    else:
        claim.try_again(after=PAUSE, because="More people are to be mailed.")
    item.save(update_fields=["mailed_up_to", "mailed_at"])


def _mail(item: NewsItem, user: User) -> None:
    newsletter_emails.newsletter(
        to=user.email,
        name=user.first_name,
        user_id=user.pk,
        category=item.category,
        label=item.get_category_display(),
        headline=item.title,
        summary=item.summary,
        said=item.body,
        news_url=settings.BASE_URL + item.get_absolute_url(),
        preferences_url=settings.BASE_URL + reverse("accounts:newsletter_edit"),
        key=f"news:{item.uuid}:{user.pk}",
    )
