"""Freezing how a client's backups stand: a report, and a row for each account, written once and never again."""

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import Count

from accounts import audit
from accounts.models import User
from backups.engine.connecting import KINDS_OF_ITEMS
from backups.engine.report_words import IN_PROGRESS, Around, Told, refusal_of, tell
from backups.engine.standing import note_of_organization, status_of_item, status_of_organization
from backups.models import Container, Failure, Report, ReportRow, RunItem
from jobs.claims import Claim
from notifications.models import WebhookEvent
from organizations.actions import webhook_events
from organizations.models import Connection, Item, Organization, Policy
from organizations.models.organization import BackupStatus

KIND = "freeze_report"
EVERY = timedelta(hours=24)
KEPT_FOR = timedelta(days=365)
_TABS = {tab: number for number, tab in enumerate(Item.Tab.values)}
_TROUBLED_FIRST = {
    status: rank
    for rank, status in enumerate(
        (
            BackupStatus.FAILED, BackupStatus.PARTIAL, BackupStatus.ONBOARDING, BackupStatus.IN_PROGRESS,
            BackupStatus.SUCCESS,
        )
    )
}  # fmt: skip
_COLUMNS = (
    "report_id", "position", "tab", "name", "address", "status", "message", "objects_kept", "bytes_kept",
    "last_good_at", "kinds",
)  # fmt: skip
_KINDS = dict(Container.Kind.choices)


@transaction.atomic
def freeze_due(organization_id: int, claim: Claim, *, now: datetime) -> None:
    """Take the report of a day for an organization; where one was taken meanwhile, there is nothing to do."""
    organization = Organization.objects.select_for_update().get(pk=organization_id)
    if not organization.reports.filter(generated_at__gt=now - EVERY).exists():
        freeze(organization, trigger=Report.Trigger.SCHEDULE, actor=None, now=now)
    claim.finish()


def freeze(organization: Organization, *, trigger: str, actor: User | None, now: datetime) -> Report:
    """Write a report of how ``organization`` stands, in the caller's transaction, which holds its row."""
    rows = _rows(organization, now)
    counts: dict[str, Counter] = defaultdict(Counter)
    for row in rows:
        counts[row.tab][row.status] += 1
    every = sum(counts.values(), Counter())
    report = Report.objects.create(
        organization=organization,
        trigger=trigger,
        requested_by=str(actor or "")[:200],
        generated_at=now,
        status=status_of_organization(every),
        note=note_of_organization(every)[:200],
        accounts=len(rows),
        objects_kept=sum(row.objects_kept for row in rows),
        bytes_kept=sum(row.bytes_kept for row in rows),
        open_failures=Failure.objects.counting().filter(organization=organization).count(),
        counts={tab: dict(found) for tab, found in counts.items()},
        not_covered=_not_covered(organization),
    )
    _write(report, rows)
    audit.record(
        "report.generated",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor or "Schedule",
        target=organization,
        at=now,
        details={"status": report.get_status_display(), "accounts": len(rows)},
    )
    facts = {
        "id": str(report.uuid), "status": report.status, "note": report.note, "accounts": report.accounts,
        "open_failures": report.open_failures, "generated_at": now,
        "url": webhook_events.page("backups:report_list", organization),
    }  # fmt: skip
    webhook_events.publish(WebhookEvent.REPORT_READY, organization, {"report": facts}, at=now)
    return report


def _rows(organization: Organization, now: datetime) -> list[ReportRow]:
    """Return the rows of a report that is not written yet, in the order of the page."""
    items = Item.objects.protected().filter(organization=organization).order_by("list_name", "pk")
    around = _Around(organization)
    containers: dict[int, list[Container]] = defaultdict(list)
    for one in Container.objects.filter(organization=organization).in_order():
        containers[one.item_id].append(one)
    rows = [_row(item, containers.get(item.pk, []), around, now) for item in items]
    return sorted(rows, key=lambda row: (_TABS[row.tab], _TROUBLED_FIRST[row.status]))


class _Around:
    """What is known beside the containers of a client, in a few queries for all of them."""

    def __init__(self, organization: Organization) -> None:
        policy = Policy.objects.get(organization=organization)
        self.off = frozenset(kind for kind in Container.Kind.values if not getattr(policy, kind.lower()))
        connections = Connection.objects.filter(organization=organization)
        self.refusals = {one.pk: refusal_of(one) for one in connections}
        open_items = RunItem.objects.filter(run__organization=organization, run__ended_at=None, ended_at=None)
        self.running = frozenset(open_items.values_list("item_id", flat=True))
        self.failures: dict[int, dict[str, int]] = defaultdict(dict)
        counting = Failure.objects.counting().filter(organization=organization).order_by()
        for pk, reason, number in counting.values_list("container", "reason").annotate(number=Count("pk")):
            self.failures[pk][reason] = number

    def of(self, container: Container) -> Around:
        return Around(
            is_switched_on=container.kind not in self.off,
            refusal=self.refusals[container.connection_id],
            is_running=container.item_id in self.running,
            failures=self.failures.get(container.pk, {}),
        )


def _row(item: Item, containers: list[Container], around: _Around, now: datetime) -> ReportRow:
    told = [tell(one, around.of(one), now=now) for one in containers]
    known = {one.kind for one in containers}
    # Of a kind that is switched on and was never begun nothing is saved yet.
    missing = [kind for kind in KINDS_OF_ITEMS[item.kind] if kind not in known and kind not in around.off]
    statuses = [one.status for one in told] + [Container.Status.NEVER] * len(missing)
    status = status_of_item(
        [Container.Status.SUCCESS if one == IN_PROGRESS else one for one in statuses],
        is_running=IN_PROGRESS in statuses,
    )
    begun = [_kind(one, words) for one, words in zip(containers, told, strict=True)]
    waiting = Told(Container.Status.NEVER, around.refusals[item.connection_id] or "Its first backup has not begun.")
    return ReportRow(
        tab=item.tab,
        name=item.name,
        address=item.address,
        # Nothing is begun and nothing is missing where every kind is switched off: there is nothing to save.
        status=BackupStatus.SUCCESS if status == BackupStatus.NONE else status,
        message=_message(containers, told, missing)[:400],
        objects_kept=sum(one.objects_kept for one in containers),
        bytes_kept=sum(one.bytes_kept for one in containers),
        last_good_at=item.last_good_at,
        kinds=begun + [_said(kind, waiting, 0) for kind in missing],
    )


def _kind(container: Container, told: Told) -> dict:
    return _said(container.kind, told, container.objects_kept)


def _said(kind: str, told: Told, objects: int) -> dict:
    said = {"kind": str(kind), "status": str(told.status), "objects": objects}
    return said | {name: words for name, words in (("message", told.message), ("advice", told.advice)) if words}


def _message(containers: list[Container], told: list[Told], missing: list) -> str:
    """Return what happened to an account in a line: the words of each kind that is not well."""
    if not missing and all(one.status == Container.Status.NOT_AVAILABLE for one in told):
        return "Nothing of it is saved: it has no such data, or every kind is switched off."
    quiet = (Container.Status.SUCCESS, Container.Status.NOT_AVAILABLE, IN_PROGRESS)
    said = [(one.kind, words.message) for one, words in zip(containers, told, strict=True) if words.status not in quiet]
    if not said and missing:
        return "Its first backup has not begun." if not containers else "Some of its first backups have not begun."
    if len({message for _, message in said}) == 1 and len(said) > 1:
        return said[0][1]
    return " ".join(f"{_KINDS[kind]}: {message}" if len(containers) > 1 else message for kind, message in said)


def _not_covered(organization: Organization) -> dict[str, int]:
    counts = Item.objects.filter(organization=organization).counts_by_tab()
    return {tab: eligible - protected for tab, (protected, eligible) in counts.items() if eligible > protected}


def _write(report: Report, rows: Iterable[ReportRow]) -> None:
    """Copy the rows in one go; inserting ten thousand of them one by one takes many times as long."""
    sent = io.StringIO()
    writer = csv.writer(sent, quoting=csv.QUOTE_ALL)
    for position, row in enumerate(rows):
        good, kinds = row.last_good_at.isoformat() if row.last_good_at else "", json.dumps(row.kinds)
        writer.writerow([
            report.pk, position, row.tab, _plain(row.name), _plain(row.address), row.status, _plain(row.message),
            row.objects_kept, row.bytes_kept, good, kinds,
        ])  # fmt: skip
    sent.seek(0)
    table, columns = ReportRow._meta.db_table, ", ".join(_COLUMNS)
    with database.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, FORCE_NULL (last_good_at))", sent, 1 << 18
        )


def _plain(words: str) -> str:
    # A line by itself saying so would end the copy.
    return words.replace("\r", " ").replace("\n", " ")
