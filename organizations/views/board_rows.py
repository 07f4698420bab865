"""One client as the board shows it: plain values, so that a row costs no query and little time to draw."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from organizations.models import Organization
from organizations.models.board import PROMISE
from organizations.models.connection import Service
from organizations.models.organization import BackupStatus, ConnectionState
from organizations.views.day_line import day_line
from organizations.views.figure_words import counted, moment_words, percent, since_words, size_words

_STATUS_LABELS = dict(BackupStatus.choices)
_STATE_LABELS = dict(ConnectionState.choices)
_SERVICE_LABELS = dict(Service.choices)
_TROUBLE = {
    ConnectionState.NOT_CONNECTED: "No service connected yet",
    ConnectionState.DISCONNECTED: "Disconnected, nothing is read any more",
    ConnectionState.NEEDS_CONSENT: "Permissions are missing, some data cannot be read",
    ConnectionState.ACCESS_LOST: "Access withdrawn, nothing can be read",
}
_STATE_CLASSES = {ConnectionState.ACCESS_LOST: "failed-text", ConnectionState.NEEDS_CONSENT: "partial-text"}
# What helps most at the end of the line: (label, rest of the address).
_CONNECT, _AUTHORIZE = ("Connect", "settings/connection/"), ("Authorize", "settings/connection/")
_NEXT_STEPS = {
    ConnectionState.NOT_CONNECTED: _CONNECT,
    ConnectionState.DISCONNECTED: _CONNECT,
    ConnectionState.NEEDS_CONSENT: _AUTHORIZE,
    ConnectionState.ACCESS_LOST: _AUTHORIZE,
}
_ACCOUNTS = ("Accounts", "accounts/")


@dataclass(frozen=True, slots=True)
class Row:
    """What the table prints of one client."""

    url: str
    name: str
    client_id: str
    note: str
    status: str
    status_label: str
    connection_label: str
    connection_class: str
    since: str
    since_class: str
    last_good: str
    line: SafeString
    percent: int
    has_items: bool
    meter_class: str
    fraction: str
    protected: str
    stored: str
    step_label: str
    step_url: str


@dataclass(frozen=True)
class Viewer:
    """From when, and with which rights, the board is looked at."""

    now: datetime
    may_connect: bool


def as_rows(organizations, viewer: Viewer) -> list[Row]:
    """Return the rows of clients that were read with `shown_on_board`."""
    today = timezone.localdate(viewer.now)
    # One look into the list of addresses instead of one a row.
    place = reverse("organizations:board")
    return [_as_row(organization, viewer, today, place) for organization in organizations]


def _as_row(organization: Organization, viewer: Viewer, today, place: str) -> Row:
    url = f"{place}{organization.uuid}/"
    state, client_id = organization.connection_state, organization.client_id
    label, rest = _NEXT_STEPS.get(state, _ACCOUNTS) if viewer.may_connect else _ACCOUNTS
    covered = percent(organization.items_protected, organization.items_eligible)
    return Row(
        url=url,
        name=organization.name,
        client_id=client_id,
        note=_note(organization),
        status=organization.backup_status.lower(),
        status_label=_STATUS_LABELS[organization.backup_status],
        connection_label=_STATE_LABELS[state],
        connection_class=_STATE_CLASSES.get(state, ""),
        since=since_words(organization.last_good_at, viewer.now),
        since_class=_since_class(organization, viewer.now),
        last_good=moment_words(organization.last_good_at, viewer.now),
        line=day_line(organization.days, organization.days_until, today),
        percent=covered,
        has_items=organization.items_eligible > 0,
        meter_class=_meter_class(covered, organization.backup_status),
        fraction=f"{organization.items_protected:,} of {organization.items_eligible:,}",
        protected=protected_words(organization),
        stored=size_words(organization.stored_bytes),
        step_label=label,
        step_url=url + rest,
    )


def protected_words(organization: Organization) -> str:
    """Return how many of what are protected: "41 users · 4 mailboxes · 7 sites · 4 teams"."""
    numbers = {
        "user": organization.users_protected,
        "mailbox": organization.mailboxes_protected,
        "site": organization.sites_protected,
        "team": organization.teams_protected,
    }
    return " · ".join(counted(number, noun) for noun, number in numbers.items() if number) or "Nothing"


def _note(organization: Organization) -> str:
    """Say what is wrong, or what is looked after."""
    words = organization.backup_note or _TROUBLE.get(organization.connection_state)
    words = words or _SERVICE_LABELS.get(organization.service, organization.service)
    return f"{words} · simulated" if organization.is_simulated else words


def _since_class(organization: Organization, now: datetime) -> str:
    """Give weight to what is past the promise; a client that was never backed up has its own word."""
    if organization.last_good_at is None or now - organization.last_good_at <= PROMISE:
        return ""
    return "failed-text" if organization.urgency == 0 else "partial-text"


def _meter_class(covered: int, status: str) -> str:
    if status == BackupStatus.ONBOARDING or covered >= 95:
        return ""
    return "meter-low" if covered < 80 else "meter-mid"
