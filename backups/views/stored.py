"""How much of a client is kept, by kind: a part of its dashboard."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from backups.models import Container
from backups.views.run_rows import bytes_words
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of

# What the bar can show: (label, column)
_SHOWS = {"size": ("By item size", "bytes"), "number": ("By number of objects", "objects")}
# The class of each kind's colour, in the order of the bar.
_SHADES = {
    Container.Kind.MAIL: "kind-mail",
    Container.Kind.ONEDRIVE: "kind-drive",
    Container.Kind.SHAREPOINT: "kind-site",
    Container.Kind.TEAMS: "kind-team",
    Container.Kind.CALENDAR: "kind-calendar",
    Container.Kind.CONTACTS: "kind-contact",
}
# Between two parts of the bar.
_GAP = 0.35


@dataclass(frozen=True)
class Part:
    """One kind in the bar and its legend; ``begins`` and ``width`` in percent, as the SVG takes them."""

    label: str
    shade: str
    amount: str
    begins: str
    width: str


@organization_page(Can.SEE_REPORTS)
def stored(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show what is kept of the client as one bar, by size or by number."""
    organization = organization_of(request, organization_uuid)
    if not request.htmx:
        return redirect(organization.get_absolute_url())
    show = request.GET.get("show") if request.GET.get("show") in _SHOWS else "size"
    mine = Container.objects.visible_to(request.membership).filter(organization=organization)
    rows = mine.values("kind").annotate(bytes=Sum("bytes_kept"), objects=Sum("objects_kept"))
    figures = {row["kind"]: row for row in rows}
    context = {
        "organization": organization,
        "show": show,
        "shows": [(code, label) for code, (label, _) in _SHOWS.items()],
        "size": bytes_words(sum(row["bytes"] for row in rows)),
        "objects": counted(sum(row["objects"] for row in rows), "object"),
        "parts": parts_of({kind: figures[kind][_SHOWS[show][1]] for kind in _SHADES if kind in figures}, show),
    }
    return render(request, "backups/_stored.html", context)


def parts_of(amounts: dict[str, int], show: str) -> list[Part]:
    """Return the parts of the bar for ``amounts`` by kind; kinds of which nothing is kept are left out."""
    total, begins, parts = sum(amounts.values()), 0.0, []
    for kind, amount in amounts.items():
        if not amount:
            continue
        share = amount * 100 / total
        words = bytes_words(amount) if show == "size" else f"{amount:,}"
        width = max(share - _GAP, 0.4)
        label = Container.Kind(kind).label
        parts.append(Part(label, _SHADES[Container.Kind(kind)], words, f"{begins:.2f}", f"{width:.2f}"))
        begins += share
    return parts
