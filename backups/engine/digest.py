"""What a Summary Digest tells of a client, from the reports that are stored and never from how it stands now."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from backups.models import Container, Digest, Report, ReportRow, Restore
from organizations.models import Item, Organization
from organizations.models.organization import READABLE, BackupStatus

TROUBLED_AT_MOST = 50
# A report comes once a day; one that is older than this is told of as old.
STALE_AFTER = timedelta(days=1)
DAYS_SHOWN = 14
_TROUBLE = (BackupStatus.FAILED, BackupStatus.PARTIAL)


@dataclass(frozen=True)
class Look:
    """How a status looks in a mail: a class of the mail's styles, and a character, so that colour is never alone."""

    name: str
    mark: str


_LOOKS = {
    "NONE": Look("none", "–"), "SUCCESS": Look("success", "✓"), "IN_PROGRESS": Look("waiting", "…"),
    "PARTIAL": Look("partial", "◐"), "FAILED": Look("failed", "✕"), "ONBOARDING": Look("waiting", "…"),
}  # fmt: skip
_KINDS = dict(Container.Kind.choices)


@dataclass(frozen=True)
class Facts:
    """What all recipients of one digest are told. ``values`` are arguments of
    `notifications.client_emails.summary_digest`.
    """

    report: Report | None
    is_trouble: bool
    values: dict[str, Any]

    @property
    def status(self) -> str:
        """The status of the report, NONE without one."""
        return self.report.status if self.report else BackupStatus.NONE


def facts_of(organization: Organization, *, day: date, zone: str, now: datetime) -> Facts:
    """Gather what the digest of the local date ``day`` tells."""
    report = organization.reports.filter(generated_at__lte=now).newest_first().first()
    # What nobody was told, or perhaps not, is no point to compare with.
    told = Digest.objects.filter(organization=organization, local_date__lt=day).told()
    before = told.select_related("report").newest_first().first()
    since = before.due_at if before else now - STALE_AFTER
    is_stale = report is not None and now - report.generated_at > STALE_AFTER
    can_read = organization.connection_state in READABLE
    values = {
        "is_stale": is_stale,
        "changes": _changes(report, before),
        "stored": _stored(report, before.report if before else None),
        "restores": _restores(organization, since, now),
        "newly_protected": _protected_by_itself(organization, since, now),
        "connection": organization.get_connection_state_display(),
        "can_read": can_read,
        "days": _days(organization, day, zone),
        "coverage_url": settings.BASE_URL + reverse("backups:coverage", args=[organization.uuid]),
        "failures_url": settings.BASE_URL + reverse("backups:failure_list", args=[organization.uuid]),
    } | _reported(organization, report)
    is_trouble = report is None or report.status in _TROUBLE or is_stale or not can_read
    return Facts(report, is_trouble, values)


def _reported(organization: Organization, report: Report | None) -> dict[str, Any]:
    """Return what the report itself says."""
    url = settings.BASE_URL + reverse("backups:report_list", args=[organization.uuid])
    if report is None:
        return {
            "status": BackupStatus.NONE.label, "look": _LOOKS["NONE"], "note": "", "reported_at": None, "counts": [],
            "troubled": [], "troubled_in_all": 0, "open_failures": 0, "covered": 0, "uncovered": 0, "report_url": url,
        }  # fmt: skip
    url += f"?report={report.uuid}"
    troubled = report.rows.filter(status__in=_TROUBLE)
    return {
        "status": report.get_status_display(),
        "look": _LOOKS[report.status],
        "note": report.note,
        "reported_at": report.generated_at,
        "counts": _counts(report),
        "troubled": [_troubled(row, url) for row in troubled.order_by("position")[:TROUBLED_AT_MOST]],
        "troubled_in_all": troubled.count(),
        "open_failures": report.open_failures,
        "covered": report.accounts,
        "uncovered": sum(report.not_covered.values()),
        "report_url": url,
    }


def _counts(report: Report) -> list[tuple[str, str, int]]:
    """Return (mark, status, number of accounts): the three that everybody asks for, and the others where they are."""
    found: Counter[str] = Counter()
    for tab in report.counts.values():
        found.update(tab)
    return [
        (_LOOKS[status].mark, label, found[status])
        for status, label in BackupStatus.choices
        if found[status] or status in ("SUCCESS", "PARTIAL", "FAILED")
    ]


def _troubled(row: ReportRow, report_url: str) -> dict[str, Any]:
    kinds = [_KINDS.get(one["kind"], one["kind"]) for one in row.kinds if one["status"] in _TROUBLE]
    return {
        "name": row.name or row.address, "kinds": ", ".join(kinds), "status": row.get_status_display(),
        "mark": _LOOKS[row.status].mark, "message": row.message, "last_good_at": row.last_good_at,
        "url": f"{report_url}&{urlencode({'q': row.address or row.name})}",
    }  # fmt: skip


def _stored(report: Report | None, before: Report | None) -> str:
    """Return how much data is kept, and how much more or less that is than before."""
    if report is None:
        return ""
    # The filter puts a space in that never breaks, which plain text shows as it likes.
    words = filesizeformat(report.bytes_kept).replace("\xa0", " ")
    if before is None or before.pk == report.pk:
        return words
    growth = report.bytes_kept - before.bytes_kept
    sign = "+" if growth > 0 else ""
    return f"{words}, {sign}{filesizeformat(growth)}".replace("\xa0", " ") if growth else f"{words}, as before"


def _changes(report: Report | None, told: Digest | None) -> list[str]:
    """Return in sentences what became different since the report that ``told``, the digest before, told of."""
    if told is None:
        return ["This is the first digest, so there is none to compare with. What follows is of the last day."]
    before = told.report
    if report is None or before is None:
        return ["Accounts cannot be compared: one of the two reports is not there."]
    if report.pk == before.pk:
        return ["No report was taken since."]
    new, old = _statuses(report), _statuses(before)
    turned = sum(old[one] != status for one, status in new.items() if one in old)
    facts = [
        (len(new.keys() - old.keys()), "Accounts protected newly"),
        (len(old.keys() - new.keys()), "Accounts gone"),
        (turned, "Accounts with another status"),
        (report.objects_kept - before.objects_kept, "Objects kept, more or less than before"),
    ]
    return [f"{name}: {number}" for number, name in facts if number]


def _statuses(report: Report) -> dict[tuple[str, str, str], str]:
    rows = report.rows.values_list("tab", "address", "name", "status")
    return {(tab, address, "" if address else name): status for tab, address, name, status in rows}


def _restores(organization: Organization, since: datetime, now: datetime) -> int:
    return Restore.objects.filter(organization=organization, started_at__gt=since, started_at__lte=now).count()


def _protected_by_itself(organization: Organization, since: datetime, now: datetime) -> int:
    chosen = Item.objects.filter(organization=organization, is_chosen=True, chosen_by=Item.ChosenBy.AUTOMATION)
    return chosen.filter(decided_at__gt=since, decided_at__lte=now).count()


def _days(organization: Organization, day: date, zone: str) -> list[dict[str, Any]]:
    """Return the last days, oldest first, each with the status of its last report."""
    first = day - timedelta(days=DAYS_SHOWN - 1)
    begin = datetime.combine(first, datetime.min.time(), ZoneInfo(zone))
    reports = organization.reports.filter(generated_at__gte=begin).order_by("generated_at")
    last = {
        at.astimezone(ZoneInfo(zone)).date(): status for at, status in reports.values_list("generated_at", "status")
    }
    found = []
    for ahead in range(DAYS_SHOWN):
        one = first + timedelta(days=ahead)
        status = last.get(one, "NONE")
        found.append({"date": one, "status": BackupStatus(status).label, "look": _LOOKS[status]})
    return found
