"""The coverage map as pages and files list it: plain values, and no more queries for many accounts than for few."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.db.models import Count, Max, Min, Q, QuerySet
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Can
from backups.engine.coverage import EXCLUDED, HINDERED, Group, State, group_of
from backups.engine.coverage_map import CoverageMap
from backups.models import Container, Failure
from backups.views.coverage_reasons import Failing, Place, is_kept, reason_of
from organizations.models import Item, Organization
from organizations.views.figure_words import moment_words
from organizations.views.item_rows import day_in_words

GROUP_LABELS = {
    Group.NOT_COVERED: "Not covered at all",
    Group.GAPS: "Covered with gaps",
    Group.COVERED: "Covered",
    Group.GONE: "Gone from the source",
}
# state: (part of the class, icon, words of the mark, words of the file)
_MARKS = {
    State.REFUSED: ("refused", "lock", "No access", "Access refused"),
    State.FIRST_FAILED: ("refused", "failed", "First failed", "First backup failed"),
    State.FAILING: ("refused", "failed", "Failed", "Failing"),
    State.NEVER_SEEN: ("unseen", "question", "Never seen", "Never seen"),
    State.WAITING: ("first", "clock", "Waiting", "Waiting for its first backup"),
    State.FIRST: ("first", "onboarding", "First backup", "First backup running"),
    State.NOT_CHOSEN: ("excluded", "excluded", "Not chosen", "Excluded: not chosen"),
    State.FILTERED: ("excluded", "excluded", "Filter", "Excluded by a filter"),
    State.SWITCHED_OFF: ("excluded", "excluded", "Kind is off", "Excluded: kind switched off"),
    State.PROTECTED: ("protected", "success", "Protected", "Protected"),
    State.NOTHING_THERE: ("unlicensed", "minus", "Nothing there", "No licence or nothing there"),
    State.GONE: ("unlicensed", "archive", "Kept", "Gone at the source"),
}
_KINDS = dict(Container.Kind.choices)
COLUMNS = (
    "Account", "Address", "Kind of account", "Coverage", "Kind of data", "State", "Reason", "Last good backup",
    "Open failures",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One kind of data of one account."""

    kind: str
    css: str
    icon: str
    # Said before ``words`` to whoever does not see the icon.
    lead: str
    words: str
    reason: str
    url: str


@dataclass(frozen=True)
class CoverageRow:
    """One account; ``group`` is set where another group begins."""

    name: str
    address: str
    note: str
    url: str
    cells: list[Cell]
    group: str


class Links:
    """Where a mark leads: to the page on which its state is shown or decided."""

    def __init__(self, organization: Organization, membership: Membership) -> None:
        self._places = {
            name: reverse(name, args=[organization.uuid])
            for name, right in (
                ("backups:failure_list", Can.SEE_REPORTS),
                ("backups:run_list", Can.SEE_REPORTS),
                ("backups:browse", Can.SEARCH_DATA),
                ("organizations:item_list", Can.SEE_ORGANIZATION),
                ("organizations:settings_services", Can.SEE_ORGANIZATION),
            )
            if membership.may(right)
        }

    def account(self, item: Item) -> str:
        """Return where the account is decided about, or "" where that may not be opened."""
        return self._to("organizations:item_list", tab=item.tab, q=(item.address or item.name)[:100])

    def of(self, place: Place) -> str:
        """Return where a mark leads, or "" where there is nothing to see."""
        if place.state in HINDERED:
            return self._to("backups:failure_list", q=(place.item.address or place.item.name)[:100])
        if place.state in (State.WAITING, State.FIRST):
            return self._to("backups:run_list")
        if place.state == State.SWITCHED_OFF:
            return self._to("organizations:settings_services")
        if place.state == State.PROTECTED or (place.state == State.GONE and is_kept(place)):
            return self._to("backups:browse", item=str(place.item.uuid))
        return "" if place.state in (State.NOTHING_THERE, State.GONE) else self.account(place.item)

    def _to(self, name: str, **query: str) -> str:
        url = self._places.get(name, "")
        return f"{url}?{urlencode(query)}" if url and query else url


def rows_of(
    items: list[Item], coverage: CoverageMap, groups: dict[Group, str], links: Links, *, now: datetime
) -> list[CoverageRow]:
    """Return the rows of a page, in two queries; ``groups`` are the headings."""
    rows: list[CoverageRow] = []
    before = None
    for item, places in places_of(items, coverage):
        group = group_of([one.state for one in places])
        heading, before = (groups[group] if group != before else ""), group
        rows.append(
            CoverageRow(
                name=str(item),
                address=item.address if item.name else "",
                note=_note(places, now),
                url=links.account(item),
                cells=[_cell(one, links, now) for one in places],
                group=heading,
            )
        )
    return rows


def places_of(items: list[Item], coverage: CoverageMap) -> Iterable[tuple[Item, list[Place]]]:
    """Yield each account with its kinds of data, in two queries."""
    containers = Container.objects.filter(item__in=items)
    failing = failing_of(Failure.objects.counting().filter(container__in=containers))
    found = {(one.item_id, one.kind): one for one in containers}
    for item in items:
        places = []
        for kind, state in zip(coverage.kinds, coverage.states_of(item.signature), strict=True):
            container = found.get((item.pk, kind.value))
            places.append(Place(item, kind.value, state, container, failing.get(container.pk) if container else None))
        yield item, places


def failing_of(failures: QuerySet[Failure]) -> dict[int, Failing]:
    """Return what counts against each container, in one query."""
    rows = failures.order_by().values_list("container").annotate(
        number=Count("pk"), since=Min("first_seen_at"), message=Max("message", filter=Q(object_id=""))
    )  # fmt: skip
    return {pk: Failing(number, since, message or "") for pk, number, since, message in rows}


def lines_of(items: list[Item], coverage: CoverageMap, *, now: datetime) -> Iterable[list]:
    """Yield a line of the file for each kind of data of each account, in the order of `COLUMNS`; moments in UTC."""
    for item, places in places_of(items, coverage):
        group = GROUP_LABELS[group_of([one.state for one in places])]
        for place in places:
            last = place.container.last_good_at if place.container is not None else None
            yield [
                item.name,
                item.address,
                Item.Tab(item.tab).label,
                group,
                _KINDS[place.kind],
                _MARKS[place.state][3],
                reason_of(place, now),
                last.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if last else "",
                place.failing.number if place.failing else 0,
            ]


def _cell(place: Place, links: Links, now: datetime) -> Cell:
    css, icon, words, _ = _MARKS[place.state]
    lead = ""
    if place.state == State.PROTECTED and place.container is not None and place.container.last_good_at:
        lead, words = "Protected, ", moment_words(place.container.last_good_at, now).removeprefix("today ")
    elif place.state == State.FAILING and place.failing is not None and not place.failing.message:
        words = f"{place.failing.number:,} failing"
    elif place.state == State.GONE and not is_kept(place):
        icon, words = "minus", "Not kept"
    return Cell(_KINDS[place.kind], css, icon, lead, words, reason_of(place, now), links.of(place))


def _note(places: list[Place], now: datetime) -> str:
    """Return the reason of what hinders an account most; nothing where nothing does."""
    worst = min(places, key=lambda one: list(State).index(one.state))
    if worst.state in (State.PROTECTED, State.NOTHING_THERE):
        return ""
    if worst.state == State.NEVER_SEEN:
        return f"{'Appeared' if worst.item.is_new else 'Found'} {day_in_words(worst.item.first_seen_at, now)}"
    concerns_all = worst.state in EXCLUDED | {State.GONE} and worst.state != State.SWITCHED_OFF
    words = reason_of(worst, now)
    return words if concerns_all or len(places) == 1 else f"{_KINDS[worst.kind]}: {words}"
