"""What the settings pages with a form have in common: switches, the words of the unsaved bar, who saved meanwhile."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import sentences
from accounts.access import PartnerRequest
from accounts.models import AuditEntry
from organizations.models import Organization
from organizations.views.inside import render_inside


@dataclass(frozen=True)
class Toggle:
    """One switch: how it stands in the form, how it is saved, and what changing it does."""

    name: str
    label: str
    note: str
    icon: str
    effect: str
    is_on: bool
    was_on: bool
    # What the unsaved bar and the audit log call it.
    short: str

    @property
    def is_changed(self) -> bool:
        return self.is_on != self.was_on

    @property
    def change(self) -> str:
        """What the unsaved bar says."""
        return f"{self.short} {'on' if self.is_on else 'off'}"


@dataclass(frozen=True)
class Conflict:
    """Who saved other settings while the page was open, when, and what."""

    who: str
    at: datetime | None
    changes: list[str]

    @classmethod
    def of(cls, entry: AuditEntry | None) -> "Conflict":
        if entry is None:
            return cls("Somebody else", None, [])
        return cls(entry.actor, entry.at, sentences.changes(entry))


def counted(number: int, one: str, many: str) -> str:
    """Return "1 site" or "3 sites"."""
    return f"{number} {one if number == 1 else many}"


def answer_form(
    request: PartnerRequest,
    organization: Organization,
    context: dict,
    *,
    section: str,
    page: str,
    fragment: str,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer a form: the fragment alone to htmx, the whole page otherwise; ``said`` becomes a toast."""
    if request.htmx:
        return render(request, fragment, context | {"organization": organization, "said": said}, status=status)
    if said:
        messages.success(request, said)
    return render_inside(request, page, organization, context, tab="Settings", section=section, status=status)


def answer_saved(request: PartnerRequest, organization: Organization, address: str, said: str) -> HttpResponse:
    """Answer a browser without htmx after saving: the page anew, so that a reload sends nothing twice."""
    messages.success(request, said)
    return redirect(address, organization.uuid)
