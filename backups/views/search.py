"""The Search tab: everything that was saved of a client, found by words and narrowed by filters."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Max, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts import audit
from accounts.access import PartnerRequest, organization_page
from accounts.htmx import wants_part
from accounts.roles import Can
from backups import search
from backups.actions.exports import MOST_CHOSEN, ExportProblem, Wanted, draft_export
from backups.forms.references import uuid_in
from backups.forms.search import EVER, KEPT, NOW, SearchForm
from backups.models import Container, ContainerFeed, Run, Snapshot
from backups.views.found_rows import found_rows
from backups.views.run_rows import KIND_ICONS
from organizations.models import Item, Organization
from organizations.views.figure_words import moment_words
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 25
# Read together where everything that was found is wanted.
_AT_ONCE = 1000
_SUGGESTIONS = 12
# The filters of the page, by what the index calls them.
_FIELDS = {"subject": ("subject", "file_names"), "body": ("body",), "people": ("people",)}
_VERSIONS = {KEPT: search.Versions.NEWEST, NOW: search.Versions.STANDING, EVER: search.Versions.ALL}
_LABELS = {"MAIL": "Email", "CALENDAR": "Events", "CONTACTS": "Contacts", "ONEDRIVE": "OneDrive files",
           "SHAREPOINT": "SharePoint", "TEAMS": "Teams"}  # fmt: skip


@organization_page(Can.SEARCH_DATA)
@vary_on_headers("HX-Request")
def search_page(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the field, the filters and what was found; a part of it while somebody types or loads more."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    form, chosen = _asked(request, organization)
    # In parts is answered while somebody types: the last word may go on.
    parsed = search.parse(chosen["q"], zone=timezone.get_current_timezone(), is_typing=wants_part(request))
    after = search.Cursor.read(request.GET.get("after", ""))
    query = _query(request, chosen, parsed, organization)
    is_asked = not parsed.is_empty or chosen["folder"] is not None
    is_asked = is_asked or any(request.GET.get(name) for name in ("kind", "who", "item", "since", "until"))
    found = search.Found()
    if is_asked:
        found = search.search(request.membership, organization, query, now=now, after=after, limit=PAGE_SIZE)
        if after is None:
            _note(request, organization, chosen, now)
    context = _context(request, organization, form, chosen, found, parsed, now) | {"is_asked": is_asked}
    if wants_part(request):
        template = "backups/_found_more.html" if after else "backups/_found.html"
        return render(request, template, context)
    return render_inside(request, "backups/search.html", organization, context, tab="Search")


@organization_page(Can.SEARCH_DATA)
def search_owners(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Suggest users, sites and teams whose name or address has what was typed so far."""
    organization = organization_of(request, organization_uuid)
    items = _items(request, organization)
    words = (request.GET.get("who") or request.GET.get("whom") or "").strip()
    found = _named(items, words).order_by("name")[:_SUGGESTIONS] if words else []
    return render(request, "backups/_owners.html", {"owners": found})


@organization_page(Can.EXPORT_DATA)
@require_POST
def search_export(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Take everything that the search in the address finds, and go on to the page that says how much it is."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    _, chosen = _asked(request, organization)
    parsed = search.parse(chosen["q"], zone=timezone.get_current_timezone())
    query, after, found = _query(request, chosen, parsed, organization), None, {}
    while sum(map(len, found.values())) <= MOST_CHOSEN:
        page = search.search(request.membership, organization, query, now=now, after=after, limit=_AT_ONCE)
        for entry in page.entries:
            found.setdefault(entry.container, {})[entry.object, entry.from_commit] = None
        after = page.next
        if page.problem:
            messages.error(request, page.problem)
            return redirect(f"{reverse('backups:search_page', args=[organization.uuid])}?{request.GET.urlencode()}")
        if after is None:
            break
    wanted = [Wanted(container, chosen=tuple(objects)) for container, objects in found.items()]
    what = f"What was found for “{chosen['q']}”" if chosen["q"] else "What was found"
    try:
        draft = draft_export(organization=organization, wanted=wanted, what=what, actor=request.user, now=now)
    except ExportProblem as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('backups:search_page', args=[organization.uuid])}?{request.GET.urlencode()}")
    return redirect(f"{reverse('backups:export_start', args=[organization.uuid])}?draft={draft.uuid}")


def _items(request: PartnerRequest, organization: Organization):
    return Item.objects.visible_to(request.membership).filter(organization=organization)


def _asked(request: PartnerRequest, organization: Organization) -> tuple[SearchForm, dict[str, Any]]:
    """Return the form of the page's address, and what is chosen in it."""
    runs = Run.objects.visible_to(request.membership).filter(organization=organization, item=None).newest_first()
    form = SearchForm(request.GET, items=_items(request, organization), runs=runs)
    return form, form.chosen | {"folder": _folder(request, organization)}


def _folder(request: PartnerRequest, organization: Organization) -> ContainerFeed | None:
    """Return the folder, calendar, library or channel that is named in the address, if the person may look there."""
    container, key = uuid_in(request.GET.get("container", "")), request.GET.get("feed", "")
    if container is None or not key or "\0" in key:
        return None
    feeds = ContainerFeed.objects.visible_to(request.membership).filter(container__organization=organization)
    return feeds.select_related("container__item").filter(container__uuid=container, key=key).first()


def _query(request: PartnerRequest, chosen: dict[str, Any], parsed, organization: Organization) -> search.Query:
    items = _items(request, organization)
    fields = {one for name in chosen["look"] for one in _FIELDS[name]}
    whose = None
    if chosen["item"]:
        whose = frozenset(one.pk for one in chosen["item"])
    elif chosen["who"]:
        whose = frozenset(_named(items, chosen["who"]).values_list("pk", flat=True)[:500])
    folder = chosen["folder"]
    return search.Query(
        parsed=parsed,
        kinds=frozenset(chosen["kind"]),
        containers=frozenset({folder.container_id}) if folder else None,
        feed_key=folder.key if folder else "",
        items=whose,
        fields=frozenset() if len(fields) == len(search.FIELD_NAMES) else frozenset(fields),
        begin=chosen["since"],
        end=chosen["until"] and chosen["until"] + timedelta(microseconds=1),
        as_of=_commit_of(chosen["point"], organization),
        larger=chosen["larger"],
        has_attachments=True if chosen["attached"] else None,
        versions=_VERSIONS.get(chosen["point"], search.Versions.STANDING),
        oldest_first=chosen["sort"] == "oldest",
    )


def _named(items, words: str):
    parts = [one.strip() for one in words.split(",") if one.strip()][:20]
    condition = Q()
    for one in parts:
        condition |= Q(name__icontains=one) | Q(address__icontains=one)
    return items.filter(condition) if parts else items.none()


def _commit_of(point: str, organization: Organization) -> int | None:
    if point in _VERSIONS:
        return None
    taken = Snapshot.objects.filter(organization=organization, run__uuid=point)
    return taken.aggregate(commit=Max("commit"))["commit"]


def _note(request: PartnerRequest, organization: Organization, chosen: dict[str, Any], now: datetime) -> None:
    """Write down what was looked for; going back and forth through what was found is the same search."""
    asked = {name: str(chosen[name]) for name in ("q", "who", "item", "kind", "folder", "point", "since", "until")}
    if request.session.get("searched") == [str(organization.uuid), asked]:
        return
    request.session["searched"] = [str(organization.uuid), asked]
    narrowed = [_LABELS[kind] for kind in chosen["kind"]]
    narrowed += [str(one) for one in chosen["item"]] or ([chosen["who"]] if chosen["who"] else [])
    if folder := chosen["folder"]:
        narrowed.append(f"{folder.name} of {folder.container.item}")
    words = f"“{chosen['q']}”" if chosen["q"] else "everything"
    with transaction.atomic():
        audit.record(
            "data.searched",
            partner_id=organization.partner_id,
            organization_id=organization.pk,
            actor=request.user,
            target=organization,
            at=now,
            details={"words": words + (f" in {', '.join(narrowed)}" if narrowed else "")},
        )


def _context(request, organization, form: SearchForm, chosen, found: search.Found, parsed, now) -> dict[str, Any]:
    kept = request.GET.copy()
    kept.pop("after", None)
    more = f"?{kept.urlencode()}&{urlencode({'after': str(found.next)})}" if found.next else ""
    return {
        "organization": organization,
        "chosen": chosen,
        "problems": [*parsed.problems, *form.problems, *([found.problem] if found.problem else [])],
        "rows": found_rows(request.membership, found.entries, parsed, now=now),
        "total": found.total,
        "took": f"{found.took:.1f}" if found.took >= 0.05 else "under 0.1",
        "more": more,
        "all_query": kept.urlencode(),
        "is_behind": found.is_behind,
        "kinds": [
            (kind, _LABELS[kind], KIND_ICONS[kind], kind in chosen["kind"], found.by_kind.get(kind))
            for kind in Container.Kind.values
        ],
        "points": [(uuid, moment_words(at, now), uuid == chosen["point"]) for uuid, at in form.points],
        "filters_on": sum(
            bool(request.GET.get(name)) for name in ("kind", "who", "item", "feed", "since", "until", "attached")
        ),
    }
