"""A client of several mailboxes whose deletion is asked for, authorized, and comes to its day."""

import re
from datetime import timedelta

from backups.actions.deletions import authorize_deletion, request_deletion
from backups.engine.deletion import KIND, execute, request_due_deletions
from backups.engine.deletion_endings import warn_of_ends
from backups.models import Deletion, VaultObject
from backups.models.deletion import HELD_FOR, WARNED_BEFORE
from backups.tests.stocked import Stock
from jobs import claims
from jobs.models import Job
from notifications.models import OutgoingEmail
from organizations.actions.items import protect_items
from organizations.models import Item

DAY = timedelta(days=1)
REASON = "The person left and asked for it."


def stocked(organization, name="Eva Lindholm"):
    """Make somebody's mailbox of three messages, saved, with a restore point."""
    stock = Stock(organization, name).feed()
    for number in range(3):
        stock.mail(number)
    stock.close()
    stock.snapshot()
    return stock


def begun(deletion):
    """Let a deletion that is held be in the middle of it."""
    values = {"state": "EXECUTING", "began_at": deletion.due_at, "warned_at": deletion.due_at - WARNED_BEFORE}
    Deletion.objects.filter(pk=deletion.pk).update(**values)


def objects_of(stock):
    """Return how many objects the vault keeps of a stock's account."""
    return VaultObject.objects.filter(organization=stock.organization.uuid, account=stock.container.account).count()


def mails(kind):
    """Return who got mails of a kind."""
    return sorted(OutgoingEmail.objects.filter(kind=kind).values_list("to", flat=True))


def protect(stock, cast, now):
    """Let ada protect a stock's item."""
    items = Item.objects.filter(pk=stock.item.pk)
    protect_items(items=items, organization=stock.organization, actor=cast["ada"].user, now=now)


def ask(stock, actor, now, *, everything=False):
    """Ask for what is backed up of a stock's item, or of its whole client."""
    items = None if everything else [stock.item]
    return request_deletion(organization=stock.organization, items=items, reason=REASON, actor=actor, now=now)


def held(stock, cast, now, **options):
    """Ask as ben and authorize as ada."""
    deletion = ask(stock, cast["ben"].user, now, **options)
    return authorize_deletion(deletion=deletion, actor=cast["ada"].user, now=now)


def send(browser, address, **typed):
    """Send the form of a page as the page showed it."""
    shown = re.search(r'name="shown" value="(\w+)"', browser.get(address).content.decode()).group(1)
    return browser.post(address, {"shown": shown, **typed})


def fall_due(deletion, now):
    """Let everybody be warned of a deletion in time, and its job be asked for."""
    warn_of_ends(deletion.authorized_at + HELD_FOR - WARNED_BEFORE)
    request_due_deletions(now)


def carry_out(deletion, **options):
    """Do the job of a deletion whose hold is over, slice after slice, and return it as it is then."""
    after = deletion.authorized_at + HELD_FOR + timedelta(minutes=1)
    for _ in range(20):
        fall_due(deletion, after)
        job = Job.objects.filter(kind=KIND, subject_id=deletion.pk).latest("pk")
        Job.objects.filter(pk=job.pk, state="QUEUED").update(not_before=deletion.requested_at)
        claim = claims.claim(job.pk)
        if claim is None:
            break
        execute(deletion.pk, claim, clock=lambda: after, **options)
        if not claim.has_ended:
            claim.finish()
        job.refresh_from_db()
        if job.state == "DONE" or job.failure:
            break
    return Deletion.objects.select_related("organization").get(pk=deletion.pk)
