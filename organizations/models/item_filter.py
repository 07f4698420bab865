"""Which items of a client a page or a form speaks about, and what a decision about them would change."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Min, Q, QuerySet

from organizations.models.item import COVERAGE_RANK, NEWCOMER, Item

_P = Item.Protection
# What one and several things of a tab are called.
NOUNS = {
    Item.Tab.USERS: ("user", "users"),
    Item.Tab.SHARED_MAILBOXES: ("shared mailbox", "shared mailboxes"),
    Item.Tab.SITES: ("site", "sites"),
    Item.Tab.TEAMS: ("team", "teams"),
}
# What a filter of the page shows: code: (label, condition).
SHOWS: dict[str, tuple[str, Q]] = {
    "ALL": ("All", Q()),
    "PROTECTED": ("Protected", Q(protection=_P.PROTECTED)),
    "NOT_PROTECTED": ("Not protected", Q(protection=_P.NOT_PROTECTED)),
    "NEW": ("New", NEWCOMER),
    "SKIPPED": ("Skipped", Q(protection=_P.SKIPPED)),
    "GONE": ("Gone", Q(protection=_P.NOT_AVAILABLE)),
}
NOT_COVERED_FIRST = "cover"
_ORDERS = {
    NOT_COVERED_FIRST: (COVERAGE_RANK, F("list_name"), F("id")),
    "name": (F("list_name").asc(), F("id").asc()),
    "last_good": (F("last_good_at").asc(nulls_first=True), F("list_name").asc(), F("id").asc()),
    "-last_good": (F("last_good_at").desc(nulls_last=True), F("list_name").asc(), F("id").asc()),
    "-name": (F("list_name").desc(), F("id").desc()),
    "stored": (F("stored_bytes").asc(), F("list_name").asc(), F("id").asc()),
    "-stored": (F("stored_bytes").desc(), F("list_name").asc(), F("id").asc()),
}


@dataclass(frozen=True)
class ItemFilter:
    """One tab of the Accounts page with what is shown of it: the same words for the list, its links and its forms."""

    tab: str = Item.Tab.USERS.value
    show: str = "ALL"
    words: str = ""

    @classmethod
    def read(cls, values) -> "ItemFilter":
        """Return the filter a query string names; what makes no sense there falls back to everything."""
        tab, show = values.get("tab", ""), values.get("show", "")
        return cls(
            tab=tab if tab in Item.Tab.values else Item.Tab.USERS.value,
            show=show if show in SHOWS else "ALL",
            words=" ".join(values.get("q", "").split())[:100],
        )

    def of(self, items: QuerySet[Item]) -> QuerySet[Item]:
        """Return those of ``items`` that the filter lets through, in no order."""
        return items.in_tab(self.tab).filter(SHOWS[self.show][1]).matching(self.words)


def in_order(items: QuerySet[Item], sort: str) -> QuerySet[Item]:
    """Return ``items`` in one of the orders of the page; an unknown one means what is not covered first."""
    return items.order_by(*_ORDERS.get(sort, _ORDERS[NOT_COVERED_FIRST]))


@dataclass(frozen=True)
class TabCount:
    """The numbers of one tab."""

    protected: int = 0
    not_protected: int = 0
    skipped: int = 0
    gone: int = 0
    newcomers: int = 0
    # When the first of the newcomers was seen.
    newcomers_since: datetime | None = None

    @property
    def eligible(self) -> int:
        """How many could be protected today."""
        return self.protected + self.not_protected

    def of(self, show: str) -> int:
        """Return how many rows a filter shows."""
        everything = self.eligible + self.skipped + self.gone
        numbers = {"PROTECTED": self.protected, "NOT_PROTECTED": self.not_protected, "NEW": self.newcomers}
        return (numbers | {"SKIPPED": self.skipped, "GONE": self.gone}).get(show, everything)


def count_tabs(items: QuerySet[Item]) -> dict[str, TabCount]:
    """Return the numbers of every tab, in one query."""
    rows = items.values("tab", "protection").annotate(
        count=Count("pk"), newcomers=Count("pk", filter=NEWCOMER), since=Min("first_seen_at", filter=NEWCOMER)
    )
    found: dict[str, dict] = {tab: {} for tab in Item.Tab.values}
    names = {_P.PROTECTED: "protected", _P.NOT_PROTECTED: "not_protected", _P.SKIPPED: "skipped"}
    for row in rows.order_by():
        numbers = found[row["tab"]]
        numbers[names.get(row["protection"], "gone")] = row["count"]
        if row["newcomers"]:
            numbers |= {"newcomers": row["newcomers"], "newcomers_since": row["since"]}
    return {tab: TabCount(**numbers) for tab, numbers in found.items()}


def switchable(*, protecting: bool) -> Q:
    """Return which items can be protected, or unprotected; what is being deleted at this moment waits."""
    return Q(protection=_P.NOT_PROTECTED, is_being_deleted=False) if protecting else Q(protection=_P.PROTECTED)


@dataclass(frozen=True)
class Outlook:
    """What switching the protection of some items would do, counted before and after it is done."""

    # Those whose state would really differ, and how many of them are people, who are paid for.
    changing: int
    seats: int
    # Those that stay as they are: so already, left out by a filter, gone from the source, or being deleted for good.
    already: int
    skipped: int
    gone: int
    deleted: int

    @classmethod
    def of(cls, items: QuerySet[Item], *, protecting: bool) -> "Outlook":
        """Count ``items``, in one query."""
        before, after = (_P.NOT_PROTECTED, _P.PROTECTED) if protecting else (_P.PROTECTED, _P.NOT_PROTECTED)
        changing = switchable(protecting=protecting)
        return cls(
            **items.order_by().aggregate(
                changing=Count("pk", filter=changing),
                seats=Count("pk", filter=changing & Q(tab=Item.Tab.USERS)),
                already=Count("pk", filter=Q(protection=after)),
                skipped=Count("pk", filter=Q(protection=_P.SKIPPED)),
                gone=Count("pk", filter=Q(protection=_P.NOT_AVAILABLE)),
                deleted=Count("pk", filter=Q(protection=before) & ~changing),
            )
        )
