"""Who is told of an incident, and telling them in the caller's transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Can
from notifications import preferences
from organizations.actions.incidents import note_told
from organizations.models import AlertRule, DigestSetting, Incident, Organization

_STAFF = "you look after this client; switch such mails off under Newsletter preferences"
_NAMED = "your address stands under Settings, Notifications of this client"


@dataclass(frozen=True)
class Recipient:
    """Somebody who is mailed; ``why`` ends the sentence "You get this because ..."."""

    to: str
    name: str
    why: str
    time_zone: str
    # Whether it is one of the partner's people, who may open the incident and do something about it.
    is_staff: bool


def tell(mail: Callable, incident: Incident, key: str, *, moment: str, now: datetime, **facts) -> None:
    """Send ``mail``, a function of `notifications.client_emails`, to whom it concerns, once for each ``key``."""
    organization = incident.organization
    url = settings.BASE_URL + reverse("organizations:overview", args=[organization.uuid])
    for one in who_is_told(incident, moment=moment, now=now):
        mail(
            to=one.to, name=one.name, why=one.why, time_zone=one.time_zone, key=f"{key}:{one.to}",
            organization=organization.name, organization_url=url, **facts,
        )  # fmt: skip


def who_is_told(incident: Incident, *, moment: str, now: datetime) -> Iterator[Recipient]:
    """Yield whom an incident concerns, and write down of each that it was told; nobody while it is muted."""
    if incident.is_muted(now):
        return
    for one in recipients_of(incident):
        yield one
        note_told(incident, moment=moment, to=one.to, at=now)


def recipients_of(incident: Incident) -> Iterator[Recipient]:
    """Yield whom an incident concerns today.

    Of a rule's those it names; of what is always watched the partner's Administrators and the addresses of the client's
    notifications. That digests do not arrive is about these very addresses: it concerns the Administrators alone.
    """
    if not incident.is_built_in:
        yield from _named_by(incident.rule)
        return
    yield from _staff(incident.organization)
    if incident.kind != Incident.Kind.DIGEST:
        yield from _addresses(incident.organization)


def _staff(organization: Organization) -> Iterator[Recipient]:
    staff = _administrators(organization)
    silent = preferences.without_alerts([one.user_id for one in staff])
    for one in staff:
        if one.user_id not in silent:
            zone = one.user.time_zone or organization.partner.time_zone
            yield Recipient(one.user.email, one.user.full_name, _STAFF, zone, is_staff=True)


def _addresses(organization: Organization) -> Iterator[Recipient]:
    """Yield the client's addresses but those of Administrators, who decide about such mails themselves."""
    told = {one.user.email.lower() for one in _administrators(organization)}
    setting = DigestSetting.objects.filter(organization=organization).first()
    for address in setting.recipients if setting else ():
        if address.lower() not in told:
            told.add(address.lower())
            yield Recipient(address, "", _NAMED, setting.time_zone, is_staff=False)


def _administrators(organization: Organization) -> list[Membership]:
    staff = Membership.objects.filter(partner=organization.partner_id).administrators().select_related("user")
    return [one for one in staff if one.may(Can.MANAGE_BACKUP_SETTINGS)]


def _named_by(rule: AlertRule | None) -> Iterator[Recipient]:
    """Yield the members of a rule who may see its clients today, and its further addresses, each once."""
    if rule is None:
        return
    told: set[str] = set()
    members = rule.members.filter(partner=rule.partner_id).of_staff().usable()
    for one in members.select_related("user", "partner").order_by("pk"):
        if one.may(Can.SEE_ORGANIZATION):
            told.add(one.user.email.lower())
            zone, why = one.user.time_zone or one.partner.time_zone, f"the alert rule “{rule.name}” names you"
            yield Recipient(one.user.email, one.user.full_name, why, zone, is_staff=True)
    for address in rule.addresses:
        if address.lower() not in told:
            told.add(address.lower())
            why = f"the alert rule “{rule.name}” of {rule.partner.name} names your address"
            yield Recipient(address, "", why, rule.partner.time_zone, is_staff=False)
