"""One client as the board shows it: plain values, so that a row costs no query and little time to draw."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from organizations.models.board import PROMISE, Client
from organizations.models.connection import Service
from organizations.models.organization import BackupStatus, ConnectionState, client_id_of
from organizations.views.day_line import day_line
from organizations.views.drawn_once import meter, standing
from organizations.views.figure_words import counted, moment_words, percent, since_words, size_words

_SERVICE_LABELS = dict(Service.choices)
_TROUBLE = {
    ConnectionState.NOT_CONNECTED: "No service yet",
    ConnectionState.DISCONNECTED: "Nothing is read any more",
    ConnectionState.NEEDS_CONSENT: "Some data cannot be read",
    ConnectionState.ACCESS_LOST: "Nothing can be read any more",
}
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
    standing: SafeString
    since: str
    since_class: str
    last_good: str
    line: SafeString
    coverage: SafeString
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


def as_rows(found: Iterable[tuple], viewer: Viewer) -> list[Row]:
    """Return the rows of what was read with `shown_on_board`."""
    today = timezone.localdate(viewer.now)
    # One look into the list of addresses instead of one a row.
    place = reverse("organizations:board")
    return [_as_row(Client._make(values), viewer, today, place) for values in found]


def _as_row(client: Client, viewer: Viewer, today: date, place: str) -> Row:
    url = f"{place}{client.uuid}/"
    state = client.connection_state
    step, rest = _NEXT_STEPS.get(state, _ACCOUNTS) if viewer.may_connect else _ACCOUNTS
    covered = percent(client.items_protected, client.items_eligible)
    return Row(
        url=url,
        name=client.name,
        client_id=client_id_of(client.id),
        note=_note(client),
        standing=standing(client.backup_status, state),
        since=since_words(client.last_good_at, viewer.now),
        since_class=_since_class(client, viewer.now),
        last_good=moment_words(client.last_good_at, viewer.now),
        line=day_line(client.days, client.days_until, today),
        coverage=meter(covered, is_onboarding=client.backup_status == BackupStatus.ONBOARDING),
        fraction=_fraction(client),
        protected=_protected_words(client),
        stored=size_words(client.stored_bytes),
        step_label=step,
        step_url=url + rest,
    )


def _protected_words(client: Client) -> str:
    """Return how many of what are protected: "41 users · 4 mailboxes · 7 sites · 4 teams"."""
    numbers = {
        "user": client.users_protected,
        "mailbox": client.mailboxes_protected,
        "site": client.sites_protected,
        "team": client.teams_protected,
    }
    return " · ".join(counted(number, noun) for noun, number in numbers.items() if number) or "Nothing"


def _note(client: Client) -> str:
    """Say what is wrong, or what is looked after."""
    words = client.backup_note or _TROUBLE.get(client.connection_state)
    words = words or _SERVICE_LABELS.get(client.service, client.service)
    return f"{words} · simulated" if client.is_simulated else words


def _since_class(client: Client, now: datetime) -> str:
    """Give weight to what is past the promise; a client that was never backed up has its own word."""
    if client.last_good_at is None or now - client.last_good_at <= PROMISE:
        return ""
    return "failed-text" if client.urgency == 0 else "partial-text"


def _fraction(client: Client) -> str:
    """Return "41 of 46", or "" while nothing is known that could be protected."""
    eligible = client.items_eligible
    return f"{client.items_protected:,} of {eligible:,}" if eligible else ""
