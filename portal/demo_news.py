"""News of the demo: one that is mailed, and two to read."""

from datetime import datetime, timedelta

from accounts.models import User
from news.actions.news_items import save_news_item
from news.models import NewsItem
from notifications.models import EmailPreference

_C = EmailPreference.Category
# category, title, summary, body, hours until it is published, whether it is mailed
_NEWS = (
    (_C.TRAINING, "An hour about restores, with your questions",
     "Wednesday at 15:00 London time: one mailbox, one lost folder, three ways to give it back.",
     "We give back:\n\n- one **message** to where it was\n- a **folder** to another person\n- a whole **mailbox**\n\n"
     "Bring what you could not answer your clients.", -9 * 24, False),
    (_C.RELEASES, "Deleting for good now takes two people",
     "Whoever asks for backed-up data to be deleted cannot be the one who authorizes it.",
     "A request waits for a second person, is then held for 30 days, and ends with a certificate.\n\n"
     "| Who | May |\n|---|---|\n| Everybody with Cloud Backup | ask |\n| Another Administrator | authorize |\n\n"
     "Until its last day it can be called off.", -2 * 24, False),
    (_C.STATUS, "Maintenance on Saturday, 22:00 to 22:20 UTC",
     "The portal is away for up to 20 minutes. Backups that are due begin afterwards.",
     "We move the database to a new server. *You need to do nothing.* A backup that is under way goes on where it "
     "stopped.", 0, True),
)  # fmt: skip


def furnish_news(*, staff: User, now: datetime) -> None:
    """Publish the demo's news; the newest comes out a moment after its people joined, so that it is unread."""
    for category, title, summary, body, hours, is_mailed in _NEWS:
        item = NewsItem(
            category=category, title=title, summary=summary, body=body, is_mailed=is_mailed,
            publish_at=now + timedelta(hours=hours, seconds=1),
        )  # fmt: skip
        save_news_item(item=item, only_for=[], actor=staff, now=now)
