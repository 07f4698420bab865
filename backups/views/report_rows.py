"""Reports as pages and files show them: plain values, a fixed number of queries, and nothing that is not frozen."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from backups.engine.report_words import IN_PROGRESS
from backups.models import Container, Report, ReportRow
from backups.views.run_rows import KIND_ICONS, bytes_words
from organizations.models import Item
from organizations.models.item_filter import NOUNS
from organizations.models.organization import BackupStatus
from organizations.views.figure_words import counted

_TABS = dict(Item.Tab.choices)
_KINDS = dict(Container.Kind.choices)
_STATUSES = (
    BackupStatus.SUCCESS, BackupStatus.PARTIAL, BackupStatus.FAILED, BackupStatus.IN_PROGRESS,
    BackupStatus.ONBOARDING,
)  # fmt: skip
# status of a kind of data: (class and icon of the badge, words)
_KIND_BADGES = {status.value: (status.value.lower(), status.label) for status in BackupStatus} | {
    Container.Status.NEVER.value: ("onboarding", "Not begun"),
    Container.Status.NOT_AVAILABLE.value: ("none", "N/A"),
    IN_PROGRESS: ("in_progress", "In progress"),
}
COLUMNS = (
    "Kind of account", "Account", "Address", "Account status", "Kind of data", "Status", "What happened", "What to do",
    "Objects", "Last good backup",
)  # fmt: skip


@dataclass(frozen=True)
class KindRow:
    """One kind of data of one account."""

    label: SafeString
    badge: SafeString
    message: str
    advice: str
    objects: int


@dataclass(frozen=True)
class AccountRow:
    """One account."""

    name: str
    address: str
    badge: SafeString
    message: str
    objects: int
    last_good: str
    kinds: list[KindRow]


@dataclass(frozen=True)
class StatusLine:
    """How many accounts are in one status, and the part of the bar that is theirs, in percent."""

    code: str
    css: str
    label: str
    number: int
    words: str
    begin: str
    width: str


def account_rows(report: Report, rows: Iterable[ReportRow]) -> list[tuple[str, SafeString]]:
    """Return (heading, drawing) of each account of a page; the heading is "" but where another kind of account begins.

    A row never changes, so it is drawn once and kept, in each time zone.
    """
    found: list[tuple[str, SafeString]] = []
    zone, before = timezone.get_current_timezone_name(), ""
    for row in rows:
        of_tab = sum(report.counts.get(row.tab, {}).values())
        heading = f"{_TABS[row.tab]}: {of_tab:,}" if row.tab != before else ""
        before = row.tab
        found.append((heading, _drawn_account(_Frozen(report.uuid, row.position, zone, row))))
    return found


@dataclass(frozen=True)
class _Frozen:
    """A row with what it is known by, and alike in whatever process."""

    report: UUID
    position: int
    zone: str
    row: ReportRow = field(compare=False)


@lru_cache(maxsize=2000)
def _drawn_account(frozen: _Frozen) -> SafeString:
    row = frozen.row
    account = AccountRow(
        name=row.name or row.address,
        address=row.address if row.name else "",
        badge=_badge(*_KIND_BADGES[row.status]),
        message=row.message,
        objects=row.objects_kept,
        last_good=_moment(row.last_good_at),
        kinds=[_kind_row(one) for one in row.kinds],
    )
    return render_to_string("backups/_report_account.html", {"row": account})


def status_lines(report: Report) -> list[StatusLine]:
    """Return how many accounts are in each status; those that trouble nobody only where there are any."""
    totals: Counter[str] = Counter()
    for of_tab in report.counts.values():
        totals.update(of_tab)
    always = (BackupStatus.SUCCESS, BackupStatus.PARTIAL, BackupStatus.FAILED)
    lines, begin = [], 0.0
    for status in _STATUSES:
        number = totals[status]
        if not number and status not in always:
            continue
        width = number * 100 / report.accounts if report.accounts else 0
        words = of_tabs({tab: of_tab.get(status, 0) for tab, of_tab in report.counts.items()})
        lines.append(
            StatusLine(
                status.value, status.value.lower(), status.label, number, words, f"{begin:.2f}%", f"{width:.2f}%"
            )
        )
        begin += width
    return lines


def of_tabs(numbers: dict[str, int]) -> str:
    """Return "38 users, 7 sites" in the order of the tabs, or "none"."""
    told = [counted(numbers[tab], NOUNS[tab][0]) for tab in Item.Tab.values if numbers.get(tab)]
    return ", ".join(told) or "none"


def stored_words(report: Report) -> str:
    """Return what was kept when the report was taken."""
    return f"{counted(report.objects_kept, 'object')}, {bytes_words(report.bytes_kept)} at the source"


def report_lines(rows: Iterable[ReportRow]) -> Iterator[list]:
    """Yield a line of the file for each kind of data of each account, in the order of `COLUMNS`; moments in UTC."""
    for row in rows:
        account = [_TABS[row.tab], row.name, row.address, _KIND_BADGES[row.status][1]]
        good = row.last_good_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if row.last_good_at else ""
        for one in row.kinds:
            words = [_KIND_BADGES[one["status"]][1], one.get("message", ""), one.get("advice", "")]
            yield [*account, _KINDS[one["kind"]], *words, one["objects"], good]
        if not row.kinds:
            yield [*account, "", "", row.message, "", 0, good]


def _kind_row(one: dict) -> KindRow:
    return KindRow(
        label=_kind_label(one["kind"]),
        badge=_badge(*_KIND_BADGES[one["status"]]),
        message=one.get("message", ""),
        advice=one.get("advice", ""),
        objects=one["objects"],
    )


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return "Never"
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y %H:%M}"


@lru_cache(maxsize=64)
def _badge(css: str, words: str) -> SafeString:
    return render_to_string("backups/_report_badge.html", {"css": css, "words": words})


@lru_cache(maxsize=64)
def _kind_label(kind: str) -> SafeString:
    return render_to_string("backups/_report_kind.html", {"icon_name": KIND_ICONS[kind], "words": _KINDS[kind]})
