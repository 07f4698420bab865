"""Browsing what was saved like folders: an account, a kind of its data, its folders and what lies in them."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import F, Max, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from backups import search
from backups.forms.references import uuid_in
from backups.models import STILL, Container, ContainerFeed, SearchEntry, Snapshot
from backups.views.found_rows import found_rows
from backups.views.run_rows import KIND_ICONS
from organizations.models import Item, Organization
from organizations.views.figure_words import counted, moment_words
from organizations.views.inside import organization_of, render_inside

PAGE_SIZE = 50
_POINTS = 60
# Feeds that hold folders as objects: what lies at their top has no folder above it, or the root.
_DRIVES = ("drive", "library")


@dataclass(frozen=True)
class Step:
    """One place on the way to where one is, or one that leads on."""

    label: str
    url: str
    icon: str = "folder"
    note: str = ""
    depth: int = 0
    is_current: bool = False


@organization_page(Can.SEARCH_DATA)
def browse(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Show the accounts, or the kinds and folders of one, or what lies in a folder, as of now or of a point in time."""
    organization, now = organization_of(request, organization_uuid), timezone.now()
    place = _Place(request, organization, now)
    context = {
        "place_words": place.words,
        "steps": place.steps(),
        "points": place.points(),
        "point": request.GET.get("point", ""),
        "item": place.item,
        "search_here": place.search_here(),
    }
    if place.item is None:
        context |= _items(request, organization, now)
    elif place.feed is None:
        context["folders"] = place.kinds_and_feeds()
    else:
        context |= place.contents()
    return render_inside(request, "backups/browse.html", organization, context, tab="Search")


def _items(request: PartnerRequest, organization: Organization, now: datetime) -> dict:
    items = Item.objects.visible_to(request.membership).filter(organization=organization, containers__isnull=False)
    if words := request.GET.get("q", "").strip():
        items = items.filter(name__icontains=words) | items.filter(address__icontains=words)
    page = Paginator(items.distinct().order_by("name", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return {"accounts": [_account(one, now) for one in page], "page_obj": page, "words": words}


def _account(item: Item, now: datetime) -> Step:
    gone = f"gone at the source since {moment_words(item.gone_at, now)}" if item.gone_at else ""
    icon = {"USER": "user", "SITE": "site", "TEAM": "team"}[item.kind]
    return Step(str(item), "?" + urlencode({"item": item.uuid}), icon, gone or item.address)


class _Place:
    """Where one is: an item, a feed of a container of it, a folder; each of them may be missing."""

    def __init__(self, request: PartnerRequest, organization: Organization, now: datetime) -> None:
        self.request, self.organization, self.now = request, organization, now
        self.item = self._item()
        self.snapshot = self._snapshot()
        self.feed = self._feed()
        self.folder = self._folder()

    @property
    def words(self) -> str:
        """Where one is, in a word."""
        if self.folder is not None:
            return self.folder.name
        if self.feed is not None:
            return self.feed.name
        return str(self.item) if self.item else "Everybody"

    def steps(self) -> list[Step]:
        """Return the way from the client's accounts to here."""
        steps = [Step("Accounts", "?")]
        if self.item is not None:
            steps.append(Step(str(self.item), self._url()))
        if self.feed is not None:
            steps.append(Step(self.feed.container.get_kind_display(), self._url()))
            steps += [Step(one.name, self._url(feed=one)) for one in self._feeds_above(self.feed)]
        steps += [Step(one.name, self._url(feed=self.feed, folder=one.object_id)) for one in self._folders_above()]
        return steps

    def search_here(self) -> str:
        """Return the query of a search in the folder, or "" where none is open."""
        if self.feed is None:
            return ""
        return "?" + urlencode({"container": str(self.feed.container.uuid), "feed": self.feed.key})

    def points(self) -> list[tuple[str, str, bool]]:
        """Return the moments this account can be looked at: (uuid, words, whether chosen)."""
        if self.item is None:
            return []
        taken = Snapshot.objects.visible_to(self.request.membership).filter(item=self.item).order_by("-taken_at")
        return [(str(one.uuid), moment_words(one.taken_at, self.now), self.snapshot == one) for one in taken[:_POINTS]]

    def kinds_and_feeds(self) -> list[Step]:
        """Return the kinds of an account with their folders below each other."""
        rows = []
        containers = self._containers().in_order()
        feeds = list(self._feeds().order_by("name"))
        for container in containers:
            note = counted(container.objects_kept, "object")
            rows.append(Step(container.get_kind_display(), "", KIND_ICONS[container.kind], note))
            rows += self._tree([one for one in feeds if one.container_id == container.pk])
        return rows

    def contents(self) -> dict:
        """Return what lies here, folders first, a page at a time."""
        page = Paginator(self._entries(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        entries = list(page)
        rows = found_rows(self.request.membership, entries, search.parse("", zone=timezone.get_current_timezone()),
                          now=self.now)  # fmt: skip
        below = self._feeds().filter(container=self.feed.container_id, parent_key=self.feed.key).order_by("name")
        below = [] if self.folder is not None else [self._step(one, 0) for one in below]
        listed = [
            (row, self._url(feed=self.feed, folder=entry.object_id) if entry.is_folder else "")
            for row, entry in zip(rows, entries, strict=True)
        ]
        return {"below": below, "listed": listed, "page_obj": page, "whole": self._whole()}

    def _whole(self) -> str:
        """Return what a restore of this folder with everything below it is asked with."""
        asked = {"container": str(self.feed.container.uuid), "feed": self.feed.key}
        if self.folder is not None:
            asked["folder"] = self.folder.object_id
        if self.snapshot is not None:
            asked["point"] = str(self.snapshot.uuid)
        return urlencode(asked)

    def _entries(self) -> QuerySet[SearchEntry]:
        commit = STILL - 1 if self.snapshot is None else self.snapshot.commit
        inside = self._visible_entries().filter(
            feed_key=self.feed.key, from_commit__lte=commit, to_commit__gt=commit
        )  # fmt: skip
        if self.feed.type in _DRIVES:
            roots = self._roots(inside)
            above = [self.folder.object_id] if self.folder is not None else ["", *roots]
            inside = inside.filter(parent_id__in=above).exclude(object_id__in=roots)
            return inside.order_by("-is_folder", "name", "pk")
        return inside.order_by("-at", "pk")

    def _visible_entries(self) -> QuerySet[SearchEntry]:
        found = SearchEntry.objects.visible_to(self.request.membership).filter(container=self.feed.container_id)
        return found.select_related("container__item").defer("words")

    def _roots(self, inside: QuerySet[SearchEntry]) -> list[str]:
        """Return the ids of what stands for the drive itself: folders with nothing above."""
        return list(inside.filter(parent_id="", is_folder=True).values_list("object_id", flat=True)[:20])

    def _feeds_above(self, feed: ContainerFeed) -> list[ContainerFeed]:
        known = {one.key: one for one in self._feeds().filter(container=feed.container_id)}
        way: list[ContainerFeed] = []
        while feed is not None and feed not in way:
            way.append(feed)
            feed = known.get(feed.parent_key)
        return way[::-1]

    def _folders_above(self) -> list[SearchEntry]:
        way: list[SearchEntry] = []
        folder = self.folder
        while folder is not None and folder.parent_id and folder.object_id not in {one.object_id for one in way}:
            way.append(folder)
            folder = self._visible_entries().filter(object_id=folder.parent_id).order_by("-from_commit").first()
        return way[::-1]

    def _tree(self, feeds: list[ContainerFeed]) -> list[Step]:
        below: dict[str, list[ContainerFeed]] = {}
        keys = {one.key for one in feeds}
        for one in feeds:
            below.setdefault(one.parent_key if one.parent_key in keys else "", []).append(one)
        rows: list[Step] = []

        def walk(parent: str, depth: int) -> None:
            for one in below.pop(parent, []):
                rows.append(self._step(one, depth))
                walk(one.key, depth + 1)

        walk("", 0)
        return rows

    def _step(self, feed: ContainerFeed, depth: int) -> Step:
        note = "" if feed.gone_at is None else f"gone since {moment_words(feed.gone_at, self.now)}"
        return Step(feed.name or "Without a name", self._url(feed=feed), "folder", note, min(depth, 12))

    def _url(self, *, feed: ContainerFeed | None = None, folder: str = "") -> str:
        asked = {"item": str(self.item.uuid)}
        if self.snapshot is not None:
            asked["point"] = str(self.snapshot.uuid)
        if feed is not None:
            asked |= {"container": str(feed.container.uuid), "feed": feed.key}
        return "?" + urlencode(asked | ({"folder": folder} if folder else {}))

    def _item(self) -> Item | None:
        if not (asked := uuid_in(self.request.GET.get("item", ""))):
            return None
        items = Item.objects.visible_to(self.request.membership).filter(organization=self.organization)
        return get_object_or_404(items, uuid=asked)

    def _snapshot(self) -> Snapshot | None:
        asked = uuid_in(self.request.GET.get("point", ""))
        if self.item is None or asked is None:
            return None
        taken = Snapshot.objects.visible_to(self.request.membership).filter(item=self.item)
        return get_object_or_404(taken, uuid=asked)

    def _containers(self) -> QuerySet[Container]:
        return Container.objects.visible_to(self.request.membership).filter(item=self.item)

    def _feeds(self) -> QuerySet[ContainerFeed]:
        feeds = ContainerFeed.objects.visible_to(self.request.membership).filter(container__item=self.item)
        return feeds.select_related("container").order_by(F("gone_at").asc(nulls_first=True), "name")

    def _feed(self) -> ContainerFeed | None:
        container, key = uuid_in(self.request.GET.get("container", "")), self.request.GET.get("feed", "")
        if self.item is None or container is None or not key:
            return None
        return get_object_or_404(self._feeds(), container__uuid=container, key=key)

    def _folder(self) -> SearchEntry | None:
        key = self.request.GET.get("folder", "")
        if self.feed is None or not key:
            return None
        newest = self._visible_entries().filter(object_id=key).aggregate(newest=Max("from_commit"))["newest"]
        return get_object_or_404(self._visible_entries(), object_id=key, from_commit=newest)
