"""The mail of a Summary Digest: one that is sent, one that is only looked at, and a test of it to oneself."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEntry, User
from backups.engine.digest import Facts, facts_of
from backups.models import Digest
from notifications import client_emails
from notifications.models import OutgoingEmail
from organizations.actions.digest_settings import often_words
from organizations.models import DigestSetting, Organization

TESTS_AN_HOUR = 5
# Two presses of the same button are one wish.
_ONE_PRESS = timedelta(seconds=10)
_NAMED_AT_MOST = 10


class TooManyTests(Exception):
    """The person sent as many tests as an hour allows; ``next_at`` is when the next one may go."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__(f"{TESTS_AN_HOUR} tests within an hour are enough.")
        self.next_at = next_at


def put_digest(
    setting: DigestSetting,
    facts: Facts,
    *,
    to: str,
    day: date,
    doubts: list[str],
    key: str = "",
    is_test: bool = False,
    is_sent: bool = True,
) -> OutgoingEmail | None:
    """Put the digest of ``day`` into the outbox, once for each ``key``; or return it unkept where not ``is_sent``."""
    organization = setting.organization
    return client_emails.summary_digest(
        to=to, organization=organization.name, partner=organization.partner.name, day=day, **facts.values,
        doubts=doubts, often=often_words(setting), time_zone=setting.time_zone, key=key, is_test=is_test,
        is_sent=is_sent,
        settings_url=settings.BASE_URL + reverse("organizations:settings_notifications", args=[organization.uuid]),
    )  # fmt: skip


def doubts_of(setting: DigestSetting, recipient: str) -> list[Digest]:
    """Return the digests that did not surely reach ``recipient`` and that no later one names, oldest first."""
    own = Digest.objects.filter(organization=setting.organization_id, recipient=recipient)
    return list(own.undelivered().unnamed().select_related("email").order_by("local_date"))


def tell_of(doubts: list[Digest]) -> list[str]:
    """Return in sentences which digests did not arrive, or perhaps not: the newest ones, and how many before them."""
    words = {"FAILED": "could not be sent", "UNKNOWN": "may not have arrived"}
    told = doubts[-_NAMED_AT_MOST:]
    others = len(doubts) - len(told) + sum(one.earlier for one in doubts)
    sentences = [
        f"The digest of {one.local_date:%-d %B %Y} "
        + (f"was missed: {one.get_missed_display()}." if one.missed else f"{words[one.state]}.")
        for one in told
    ]
    return ([f"{others} earlier digests did not arrive either."] if others else []) + sentences


def preview_digest(setting: DigestSetting, *, to: str, now: datetime) -> OutgoingEmail:
    """Return the digest as it would be sent to ``to`` at ``now``; nothing is kept or sent."""
    day = now.astimezone(ZoneInfo(setting.time_zone)).date()
    facts = facts_of(setting.organization, day=day, zone=setting.time_zone, now=now)
    return put_digest(setting, facts, to=to, day=day, doubts=tell_of(doubts_of(setting, to)), is_sent=False)


@transaction.atomic
def send_test(*, organization: Organization, person: User, now: datetime) -> None:
    """Mail ``person``, and nobody else, the digest as it would be sent now, marked as a test; a second press right
    after sends none.

    Raises `TooManyTests` after the fifth within an hour.
    """
    # The lock makes two presses at once count each other.
    found = DigestSetting.objects.select_related("organization__partner").select_for_update(of=("self",))
    setting = found.get(organization=organization)
    moments = _tests_of(organization, person, now)
    if moments and now - moments[0] < _ONE_PRESS:
        return
    if len(moments) == TESTS_AN_HOUR:
        raise TooManyTests(moments[-1] + timedelta(hours=1))
    audit.record(
        "digest.test_sent",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=person,
        target=organization,
        at=now,
        details={"email": person.email},
    )
    day = now.astimezone(ZoneInfo(setting.time_zone)).date()
    facts = facts_of(organization, day=day, zone=setting.time_zone, now=now)
    put_digest(setting, facts, to=person.email, day=day, doubts=[], is_test=True)


def _tests_of(organization: Organization, person: User, now: datetime) -> list[datetime]:
    """Return when the person sent tests within the last hour, newest first, as many as count."""
    sent = AuditEntry.objects.filter(
        chain__partner=organization.partner_id, organization_id=organization.pk, actor_id=person.pk,
        action="digest.test_sent", at__gt=now - timedelta(hours=1), at__lte=now,
    )  # fmt: skip
    return list(sent.newest_first().values_list("at", flat=True)[:TESTS_AN_HOUR])
