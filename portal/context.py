"""What the frame around every page needs: navigation, names, colour. Templates ask `may` and never a role."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership
from accounts.roles import Can, Product
from organizations.models import Organization
from support.models import Ticket


@dataclass(frozen=True)
class Entry:
    """One line of the navigation."""

    label: str
    icon: str
    url: str
    is_current: bool = False
    count: int | None = None
    note: str = ""

    @property
    def name(self) -> str:
        return self.label


@dataclass(frozen=True)
class Shell:
    """Everything `base.html` prints around the content."""

    rail: list[Entry] = field(default_factory=list)
    rail_button: Entry | None = None
    rail_label: str = "Partner portal"
    products: list[Entry] = field(default_factory=list)
    partner_name: str = ""
    brand_css_url: str | None = None
    logo_url: str | None = None
    is_partner_side: bool = False
    companies_url: str | None = None
    home_url: str = "/"
    support_phone: str = ""
    status_url: str = ""
    privacy_url: str = ""


# (label, icon, URL name, right, part of the house)
_RAIL = (
    ("Dashboard", "dashboard", "dashboard", Can.SEE_DASHBOARD, "portal"),
    ("My Contacts", "contacts", "support:contact_list", Can.SEE_CONTACTS, "portal"),
    ("Support", "support", "support:ticket_list", Can.SEE_TICKETS, "portal"),
    ("Billing", "billing", "billing:overview", Can.SEE_INVOICES, "portal"),
    ("Training", "training", "training:course_list", Can.TAKE_TRAINING, "portal"),
    ("Users", "users", "accounts:member_list", Can.MANAGE_MEMBERS, "portal"),
    ("Settings", "settings", "accounts:partner_detail", Can.SEE_PARTNER, "portal"),
    ("Organizations", "organization", "organizations:board", Can.SEE_ORGANIZATION, "backup"),
    ("Incidents", "alert", "organizations:incident_list", Can.HANDLE_INCIDENTS, "backup"),
    ("Retention policies", "clock", "backups:retention_board", Can.REQUEST_DELETION, "backup"),
    ("Deletion requests", "trash", "backups:deletion_board", Can.REQUEST_DELETION, "backup"),
)

_BACKUP_PATHS = ("/organizations/", "/incidents/", "/retention/", "/deletions/")


def shell(request: HttpRequest) -> dict:
    """Give templates `membership`, `person`, `may` and `shell`."""
    membership: Membership | None = getattr(request, "membership", None)
    return {
        "membership": membership,
        "person": getattr(request, "user", None),
        "may": {can.name.lower(): membership is not None and membership.may(can) for can in Can},
        "shell": SimpleLazyObject(lambda: _shell_of(request, membership)),
    }


def _shell_of(request: HttpRequest, membership: Membership | None) -> Shell:
    common = {
        "support_phone": settings.SUPPORT_PHONE,
        "status_url": settings.STATUS_URL,
        "privacy_url": settings.PRIVACY_URL,
        "home_url": reverse("home"),
    }
    if membership is None:
        return Shell(**common)
    partner = membership.partner
    part = "backup" if request.path.startswith(_BACKUP_PATHS) else "portal"
    is_partner_side = membership.organization_id is None
    clients = _number_of_clients(request, membership) if is_partner_side else None
    return Shell(
        rail=_rail(request, membership, part, clients) if is_partner_side else [],
        rail_button=_rail_button(membership) if is_partner_side and part == "backup" else None,
        rail_label="Cloud Backup" if part == "backup" else "Partner portal",
        products=_products(part, clients) if is_partner_side else [],
        partner_name=partner.name,
        brand_css_url=reverse("accounts:brand_css", args=[partner.uuid]) if partner.accent_colour else None,
        logo_url=reverse("accounts:brand_logo", args=[partner.uuid]) if partner.logo_changed_at else None,
        is_partner_side=is_partner_side,
        companies_url=reverse("accounts:membership_choose") if len(request.memberships) > 1 else None,
        **common,
    )


def _number_of_clients(request: HttpRequest, membership: Membership) -> int | None:
    """Return how many clients there are to look after, or None where the product is not granted. A page that counted
    them already has noted it on the request.
    """
    if Product.CLOUD_BACKUP not in membership.products:
        return None
    counted = getattr(request, "number_of_clients", None)
    return Organization.objects.visible_to(membership).count() if counted is None else counted


def _rail(request: HttpRequest, membership: Membership, part: str, clients: int | None) -> list[Entry]:
    counts = {"organizations:board": clients}
    if part == "portal" and membership.may(Can.SEE_TICKETS):
        counts["support:ticket_list"] = _number_of_tickets(request, membership)
    entries = []
    for label, icon, name, right, belongs_to in _RAIL:
        url = reverse(name)
        if belongs_to == part and membership.may(right):
            section = "/settings/" if label == "Settings" else url
            is_current = request.path.startswith(section)
            entries.append(Entry(label, icon, url, is_current=is_current, count=counts.get(name)))
    return entries


def _number_of_tickets(request: HttpRequest, membership: Membership) -> int | None:
    """Return how many tickets wait for somebody, or None for none. The list itself has noted it on the request."""
    counted = getattr(request, "number_of_tickets", None)
    if counted is None:
        counted = Ticket.objects.visible_to(membership).unsettled().count()
    return counted or None


def _rail_button(membership: Membership) -> Entry | None:
    if not membership.may(Can.CREATE_ORGANIZATION):
        return None
    return Entry("Add organization", "plus", reverse("organizations:organization_create"))


def _products(part: str, clients: int | None) -> list[Entry]:
    entries = [
        Entry("Partner portal", "portico", reverse("dashboard"), part == "portal", note="People, tickets and training")
    ]
    if clients is not None:
        note = f"{clients:,} organization{'' if clients == 1 else 's'}"
        entries.append(
            Entry("Cloud Backup", "shield-check", reverse("organizations:board"), part == "backup", note=note)
        )
    return entries
