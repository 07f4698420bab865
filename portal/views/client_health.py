"""All clients at a glance: one bar of how they stand, and those that are longest without a good backup."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership
from organizations.models import Organization
from organizations.models.board import Health, Show, shown_on_board
from organizations.models.organization import BackupStatus, ConnectionState
from organizations.views.board_rows import Row, Viewer, as_rows
from organizations.views.figure_words import size_words

LONGEST_SHOWN = 5
# In the order of the bar: what is counted, its label, its colour.
_WAYS = (
    (BackupStatus.SUCCESS, "Success", "success"),
    (BackupStatus.IN_PROGRESS, "In progress", "in_progress"),
    (BackupStatus.ONBOARDING, "Onboarding", "onboarding"),
    (BackupStatus.PARTIAL, "Partial", "partial"),
    (BackupStatus.FAILED, "Failed", "failed"),
    (ConnectionState.ACCESS_LOST, "Access withdrawn", "failed"),
    (BackupStatus.NONE, "No report", "none"),
    (ConnectionState.NOT_CONNECTED, "Not connected", "unconnected"),
)
# Between two parts of the bar, and what a part is wide at least, so that one client of ten thousand is seen.
_GAP, _NARROWEST = 0.35, 0.4


@dataclass(frozen=True)
class Part:
    """One way to stand; ``begins`` and ``width`` in percent, as the SVG takes them."""

    label: str
    shade: str
    number: int
    begins: str
    width: str


def parts_of(health: Health) -> list[Part]:
    """Return the parts of the bar; ways to stand in which nobody is are left out."""
    parts, begins = [], 0.0
    for code, label, shade in _WAYS:
        number = health.counts.get(code.value, 0)
        if number:
            share = number * 100 / health.all
            parts.append(Part(label, shade, number, f"{begins:.2f}", f"{max(share - _GAP, _NARROWEST):.2f}"))
            begins += share
    return parts


def health_panel(membership: Membership, health: Health, now: datetime) -> dict:
    """Return what the panel shows; one query."""
    return {
        "parts": parts_of(health),
        "longest": longest_without(membership, now),
        "overdue": health.overdue,
        "all": health.all,
        "connected": health.connected,
        "users_protected": health.users_protected,
        "users_eligible": health.users_eligible,
        "stored": size_words(health.stored_bytes),
    }


def longest_without(membership: Membership, now: datetime) -> list[Row]:
    """Return the rows of the clients that are longest past the promise, as the board shows them."""
    visible = Organization.objects.visible_to(membership)
    found = shown_on_board(visible, show=Show.OVERDUE, order="last_good", descending=False, now=now)
    return as_rows(found[:LONGEST_SHOWN], Viewer(now, may_connect=False))
