"""Whether a restore may be made: the consent to write, the person's right, and whether the target can take it."""

from collections.abc import Collection

from django.db.models import Q

from accounts.models import Membership
from accounts.models.membership import MembershipQuerySet
from accounts.roles import Can
from backups.connectors.contract import Kind, Restores
from backups.engine.connecting import CONNECTORS, RESTORERS
from backups.models import Restore
from organizations.models import Connection, Organization
from organizations.models.organization import ConnectionState
from organizations.models.source_app import SourceApp
from organizations.permissions import missing_from

# Which permissions of the app for restores a kind needs; without the others something smaller is missing.
_NEEDS: dict[str, tuple[str, ...]] = {
    Kind.MAIL: ("Mail.ReadWrite",),
    Kind.CALENDAR: ("Calendars.ReadWrite",),
    Kind.CONTACTS: ("Contacts.ReadWrite",),
    Kind.ONEDRIVE: ("Files.ReadWrite.All",),
    Kind.SHAREPOINT: ("Sites.ReadWrite.All",),
    Kind.TEAMS: ("Files.ReadWrite.All", "Channel.Create"),
}


def may_still(restore: Restore) -> bool:
    """Return whether whoever asked may restore data of the client today; operators always may."""
    if restore.trigger == Restore.Trigger.OPERATOR:
        return True
    return _any_may(_people(restore).filter(user=restore.person_id), restore)


def somebody_else_may(restore: Restore) -> bool:
    """Return whether anybody besides whoever asked may restore data of the client today."""
    return _any_may(_people(restore).exclude(user=restore.person_id), restore)


def _people(restore: Restore) -> MembershipQuerySet:
    return Membership.objects.filter(partner=restore.organization.partner_id).usable().select_related("partner")


def _any_may(people: MembershipQuerySet, restore: Restore) -> bool:
    return any(
        one.may(Can.RESTORE_DATA) and Organization.objects.visible_to(one).filter(pk=restore.organization_id).exists()
        for one in people.filter(Q(organization=None) | Q(organization=restore.organization_id))
    )


def consent_problem(connection: Connection, kinds: Collection[str]) -> str:
    """Return in a sentence why we may not write these kinds at the client's service, or ""."""
    service = connection.get_service_display()
    if connection.state == ConnectionState.DISCONNECTED:
        return f"{service} was disconnected. What was saved stays; connect it again, then it can be restored."
    if connection.restore_consented_at is None:
        return (
            f"Nobody has allowed us to write at {service} yet: backup only reads. Partner staff authorize restores"
            " under Settings, Connection."
        )
    needed = {name for kind in kinds for name in _NEEDS[kind]}
    missing = [one for one in missing_from(connection.restore_roles, SourceApp.Purpose.RESTORE) if one in needed]
    if missing:
        return (
            f"{service} does not let us write this: {', '.join(missing)} missing. Partner staff authorize restores"
            " again under Settings, Connection."
        )
    return ""


def can_be_restored(kind: str, *, elsewhere: bool) -> bool:
    """Return whether objects of a kind can be put back at all, by somebody else (``elsewhere``) or where they were."""
    if kind not in {one.kind for one in RESTORERS}:
        return False
    able = next(one.capabilities for one in CONNECTORS if one.kind == kind)
    return (able.restore_elsewhere if elsewhere else able.restore_in_place) != Restores.NEVER
