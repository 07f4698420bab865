"""Sending each Summary Digest once, at the wall time its settings name; what cannot be sent any more is missed."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import Max, Q

from backups.actions.digest_endings import note_missed
from backups.actions.digest_mails import doubts_of, put_digest, tell_of
from backups.engine.digest import Facts, facts_of
from backups.models import Digest
from jobs.alone import each_alone
from organizations.actions.digests_due import DueDigest, digests_due, is_any_due, settle
from organizations.models import DigestSetting

log = logging.getLogger(__name__)

# A digest whose hour passed while nothing ran is sent late for a day; the next one is due then.
LATE_FOR = timedelta(days=1)
# So many of those that were missed have a row of their own, for each recipient; the oldest one counts the others.
MISSED_AT_MOST = 31
_AT_ONCE = 200


def send_due_digests(now: datetime) -> int:
    """Put some of the digests into the outbox that are due at ``now`` and not settled; return how many mails.

    What was due more than a day ago is missed. One client's trouble keeps no other one from its digest.
    """

    def settle_one(pk: int) -> int:
        _miss_old(pk, now)
        return _send_newest(pk, now)

    return sum(each_alone(islice(_unsettled(now), _AT_ONCE), settle_one))


def _unsettled(now: datetime) -> Iterator[int]:
    """Yield the settings of which a digest is due, in one query for all of them."""
    active = DigestSetting.objects.filter(Q(is_on=True) | ~Q(owed=[])).order_by("pk")
    for setting in active:
        try:
            if is_any_due(setting, now):
                yield setting.pk
        except ZoneInfoNotFoundError:
            log.exception("The zone of the Summary Digest of organization %s is gone.", setting.organization_id)


@transaction.atomic
def _miss_old(setting_id: int, now: datetime) -> None:
    """Write down as missed what is too old to be sent: all but the newest, and that one too after a day."""
    setting = _locked(setting_id)
    found = digests_due(setting, now)
    newest = found[-1] if found and now - found[-1].at <= LATE_FOR else None
    old = found[:-1] if newest else found
    if not old:
        return
    by_recipient: dict[str, list[DueDigest]] = {}
    for due in old:
        # After an edit a date may be due twice; whoever gets the newest gets that date.
        comes = newest.recipients if newest and newest.day == due.day else ()
        for recipient in set(due.recipients).difference(comes):
            by_recipient.setdefault(recipient, []).append(due)
    _miss(setting, by_recipient, now)
    settle(setting, old[-1].at)


@transaction.atomic
def _send_newest(setting_id: int, now: datetime) -> int:
    # The lock makes a second scheduler wait and find it settled; the constraint would refuse it in any case.
    setting = _locked(setting_id)
    found = digests_due(setting, now)
    if not found:
        return 0
    due = found[-1]
    listed = {one.lower() for one in setting.recipients} if setting.is_on else set()
    _miss(setting, {one: [due] for one in due.recipients if one not in listed}, now)
    served = _served(setting)
    lacking = [one for one in due.recipients if one in listed and _lacks(served, one, due)]
    sent = 0
    if lacking:
        facts = facts_of(setting.organization, day=due.day, zone=setting.time_zone, now=now)
        sent = sum(_send_to(one, setting, facts, due) for one in lacking)
    settle(setting, due.at)
    return sent


def _locked(setting_id: int) -> DigestSetting:
    found = DigestSetting.objects.select_related("organization__partner")
    return found.select_for_update(of=("self",)).get(pk=setting_id)


def _served(setting: DigestSetting) -> dict[str, date]:
    """Return the newest local date of each recipient: after a change of the zone a date does not come again."""
    rows = Digest.objects.filter(organization=setting.organization_id).order_by()
    return dict(rows.values_list("recipient").annotate(newest=Max("local_date")))


def _lacks(served: dict[str, date], recipient: str, due: DueDigest) -> bool:
    return recipient not in served or served[recipient] < due.day


def _miss(setting: DigestSetting, by_recipient: dict[str, list[DueDigest]], now: datetime) -> None:
    """Write down for each recipient what was due, oldest first, and is not sent any more; some rows for each."""
    served, rows = _served(setting), []
    listed = {one.lower() for one in setting.recipients} if setting.is_on else set()
    for recipient, found in by_recipient.items():
        lacking = []
        for due in found:
            if _lacks(served, recipient, due):
                lacking.append(due)
                served[recipient] = due.day
        kept = lacking[-MISSED_AT_MOST:]
        missed = Digest.Missed.PASSED if recipient in listed else Digest.Missed.CHANGED
        rows += [
            Digest(
                organization=setting.organization, recipient=recipient, local_date=due.day, due_at=due.at,
                missed=missed, is_logged=True, earlier=0 if number else len(lacking) - len(kept),
            )
            for number, due in enumerate(kept)
        ]  # fmt: skip
    if rows:
        Digest.objects.bulk_create(rows)
        note_missed(setting.organization, rows, now)


def _send_to(recipient: str, setting: DigestSetting, facts: Facts, due: DueDigest) -> int:
    doubts = doubts_of(setting, recipient)
    is_told = setting.content == DigestSetting.Content.ALWAYS or facts.is_trouble or bool(doubts)
    digest = Digest.objects.create(
        organization=setting.organization, recipient=recipient, local_date=due.day, due_at=due.at,
        report=facts.report, status=facts.status, is_logged=not is_told,
    )  # fmt: skip
    if not is_told:
        return 0
    digest.email = put_digest(
        setting, facts, to=recipient, day=due.day, doubts=tell_of(doubts), key=f"digest:{digest.pk}"
    )
    digest.save(update_fields=["email"])
    Digest.objects.filter(pk__in=[one.pk for one in doubts]).update(named_in=digest)
    return 1
