"""Choosing some of a client's accounts, found by name, for something that is then looked at on a page of its own.

One form holds the search and what was chosen so far, so that nothing is lost between two searches and nothing needs a
script. What was chosen waits in the session, so that it outlives the question who somebody is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import PartnerRequest
from backups.actions.deletions import ITEMS_AT_MOST
from backups.forms.references import uuid_in
from organizations.models import Item, Organization
from organizations.models.item_filter import NOUNS
from organizations.views.figure_words import size_words
from organizations.views.inside import render_inside

SHOWN = 50
OTHERWISE_CHOSEN = "Something else was chosen in another window. Nothing was done; look at what is shown, and send it."
_KEY, _DRAFTS_KEPT = "drafts", 5


@dataclass(frozen=True)
class Purpose:
    """What the accounts are chosen for: the words of the page, where it lies, and where it leads."""

    name: str
    section: str
    title: str
    words: str
    goes_to: str
    back_to: str


def choose(request: PartnerRequest, organization: Organization, purpose: Purpose) -> HttpResponse:
    """Show what was found and chosen, or lead on with what was chosen, or with the whole client."""
    if request.method == "POST" and request.POST.get("do") == "everything":
        keep_draft(request, organization, purpose.name, {"everything": True})
        return redirect(purpose.goes_to, organization.uuid)
    given = request.POST if request.method == "POST" else request.GET
    chosen = items_in(request, organization, given.getlist("item"))
    problem = ""
    if request.method == "POST" and given.get("do") == "go_on":
        if 1 <= len(chosen) <= ITEMS_AT_MOST:
            keep_draft(request, organization, purpose.name, {"items": [str(item.uuid) for item in chosen]})
            return redirect(purpose.goes_to, organization.uuid)
        problem = f"Choose 1 to {ITEMS_AT_MOST} accounts; these are {len(chosen)}."
    words = given.get("q", "").replace("\x00", "").strip()[:100]
    found = saved_items(request, organization).matching(words).exclude(pk__in=[item.pk for item in chosen])
    rows = list(found.order_by("list_name", "id")[: SHOWN + 1])
    context = {
        "purpose": purpose,
        "chosen": [_row(item) for item in chosen],
        "rows": [_row(item) for item in rows[:SHOWN]],
        "has_more": len(rows) > SHOWN,
        "words": words,
        "problem": problem,
    }
    return render_inside(
        request, "backups/item_choose.html", organization, context, tab="Settings", section=purpose.section,
        status=422 if problem else 200,
    )  # fmt: skip


def saved_items(request: PartnerRequest, organization: Organization):
    """Return the client's items of which something was ever backed up."""
    mine = Item.objects.visible_to(request.membership).filter(organization=organization)
    return mine.filter(containers__isnull=False).distinct()


def items_in(request: PartnerRequest, organization: Organization, texts: Sequence[str]) -> list[Item]:
    """Return the client's items that ``texts`` name, by name; what names none is left out."""
    uuids = {found for text in texts[: 2 * ITEMS_AT_MOST] if (found := uuid_in(text))}
    return list(saved_items(request, organization).filter(uuid__in=uuids).order_by("list_name", "id"))


def chosen_in(request: PartnerRequest, organization: Organization, purpose: Purpose) -> list[Item] | None:
    """Return what was chosen last, in whatever window; None for the whole client."""
    draft = draft_of(request, organization, purpose.name)
    return None if draft.get("everything") else items_in(request, organization, draft.get("items", []))


def mark_of(items: Sequence[Item] | None) -> str:
    """Return what a page sends back of what it showed, so that nothing else is decided by it."""
    if items is None:
        return "everything"
    return sha256(" ".join(sorted(str(item.uuid) for item in items)).encode()).hexdigest()


def is_shown(request: PartnerRequest, items: Sequence[Item] | None) -> bool:
    """Return whether the page that was sent showed what is chosen now: another window may have chosen since."""
    return request.POST.get("shown") == mark_of(items)


def keep_draft(request: PartnerRequest, organization: Organization, name: str, values: dict[str, Any]) -> None:
    """Remember what somebody began, for a page that comes later."""
    drafts = request.session.get(_KEY, {})
    drafts.pop(f"{name}:{organization.uuid}", None)
    recent = list(drafts.items())[-_DRAFTS_KEPT + 1 :]
    request.session[_KEY] = dict([*recent, (f"{name}:{organization.uuid}", values)])


def draft_of(request: PartnerRequest, organization: Organization, name: str) -> dict[str, Any]:
    """Return what somebody began, or {}."""
    return request.session.get(_KEY, {}).get(f"{name}:{organization.uuid}", {})


def drop_draft(request: PartnerRequest, organization: Organization, name: str) -> None:
    """Forget what somebody began and has ended."""
    drafts = request.session.get(_KEY, {})
    if drafts.pop(f"{name}:{organization.uuid}", None) is not None:
        request.session[_KEY] = drafts


def _row(item: Item) -> dict[str, Any]:
    return {
        "uuid": str(item.uuid),
        "name": str(item),
        "address": item.address if item.name else "",
        "kind": NOUNS[Item.Tab(item.tab)][0].capitalize(),
        "stored": size_words(item.stored_bytes) if item.stored_bytes else "0",
        "is_protected": item.protection == Item.Protection.PROTECTED,
    }
