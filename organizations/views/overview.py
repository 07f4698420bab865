"""One client: the first page inside it, for partner staff and for its own people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, organization_page
from accounts.countries import country_choices
from accounts.htmx import wants_part
from accounts.roles import Can
from organizations.forms.organizations import subdivision_choices
from organizations.models import Connection, Item, Organization
from organizations.models.organization import BackupStatus, ConnectionState
from organizations.views.figure_words import counted, moment_words, percent, since_words, size_words
from organizations.views.inside import organization_of, render_inside

_UNCONNECTED = (ConnectionState.NOT_CONNECTED, ConnectionState.DISCONNECTED)
# (tab, heading, noun, prefix of the columns)
_KINDS = (
    (Item.Tab.USERS, "Users", "user", "users"),
    (Item.Tab.SHARED_MAILBOXES, "Shared mailboxes", "shared mailbox", "mailboxes"),
    (Item.Tab.SITES, "Sites", "site", "sites"),
    (Item.Tab.TEAMS, "Teams", "team", "teams"),
)


@dataclass(frozen=True)
class Kind:
    """One tile: how many of a kind are protected, of how many that could be."""

    label: str
    url: str
    protected: int
    eligible: int
    in_words: str

    @property
    def percent(self) -> int:
        """The share that is protected, rounded down."""
        return percent(self.protected, self.eligible)


@organization_page(Can.SEE_ORGANIZATION)
@vary_on_headers("HX-Request")
def overview(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show how the client stands: its connection, what is protected, and what needs a person.

    While accounts are being looked for, the part about them asks for itself again.
    """
    organization = organization_of(request, organization_uuid)
    connection = _newest_connection(request, organization)
    now = timezone.now()
    kinds = _kinds(organization)
    context = {
        "connection": connection,
        "is_connected": organization.connection_state not in _UNCONNECTED,
        "kinds": kinds,
        "found": _found_words(kinds),
        "discovered": moment_words(connection.discovered_at, now) if connection else "",
        "continues": moment_words(connection.discovery_continues_at, now) if connection else "",
        "backup": _backup(organization, now),
        "no_backup": _no_backup_words(organization),
        "is_backing_up": organization.runs.filter(ended_at=None, item=None).exists(),
        "place_words": _place_words(organization),
        "kept": _with_rule_and_holds(organization),
    }
    is_part = wants_part(request)
    template = "organizations/_protection.html" if is_part else "organizations/overview.html"
    return render_inside(request, template, organization, context, tab="Dashboard")


def _newest_connection(request: PartnerRequest, organization: Organization) -> Connection | None:
    """Return the connection in use, or the one that was given up last."""
    connections = Connection.objects.visible_to(request.membership).filter(organization=organization)
    return connections.order_by(F("disconnected_at").desc(nulls_first=True), "-pk").first()


def _kinds(organization: Organization) -> list[Kind]:
    place = reverse("organizations:item_list", args=[organization.uuid])
    return [
        Kind(
            label=label,
            url=f"{place}?tab={tab}",
            protected=getattr(organization, f"{prefix}_protected"),
            eligible=(eligible := getattr(organization, f"{prefix}_eligible")),
            in_words=counted(eligible, noun),
        )
        for tab, label, noun, prefix in _KINDS
    ]


def _found_words(kinds: list[Kind]) -> str:
    """Return "46 users, 4 shared mailboxes and 7 sites", or "" where nothing was found."""
    words = [kind.in_words for kind in kinds if kind.eligible]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _backup(organization: Organization, now: datetime) -> dict:
    """Return what is known of the client's backups; before the first one, that there is none."""
    status = BackupStatus(organization.backup_status)
    return {
        "status": status.value.lower(),
        "label": status.label,
        "note": organization.backup_note,
        "has_report": status != BackupStatus.NONE,
        "since": since_words(organization.last_good_at, now),
        "last_good": moment_words(organization.last_good_at, now),
        "stored": size_words(organization.stored_bytes),
    }


def _with_rule_and_holds(organization: Organization) -> Organization:
    """Return the client with its rule for older versions and the number of its legal holds, in one query."""
    held = Count("legal_holds", filter=Q(legal_holds__lifted_at=None))
    whole = Count("legal_holds", filter=Q(legal_holds__lifted_at=None, legal_holds__item=None))
    found = Organization.objects.select_related("retention_rule").annotate(holds=held, is_held=whole)
    return found.get(pk=organization.pk)


def _no_backup_words(organization: Organization) -> str:
    """Return what the first backup waits for."""
    if organization.connection_state in _UNCONNECTED:
        return "Nothing is backed up yet. Backups begin by themselves once Microsoft 365 is connected."
    if not organization.items_protected:
        return "Nothing is backed up yet. The first backup begins by itself once an account is protected."
    return "Nothing is backed up yet. The first backup begins by itself within a minute or two."


def _place_words(organization: Organization) -> dict[str, str]:
    country = dict(country_choices()).get(organization.country, "") if organization.country else ""
    states = dict(subdivision_choices(organization.country)) if organization.subdivision else {}
    return {"country": country, "state": states.get(organization.subdivision, "")}
