"""What people do about failures: exclude them from an account's status, include them again, try them at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from backups.actions.runs import RunProblem, start_run
from backups.engine import item_endings
from backups.engine.look import lock_organization
from backups.models import Container, Failure, Run
from organizations.models import Organization

# Accounts that one click begins a backup of.
MOST_ACCOUNTS = 20
_PARTIAL, _SUCCESS = Container.Status.PARTIAL, Container.Status.SUCCESS


@transaction.atomic
def exclude_failures(
    *, organization: Organization, failures: Sequence[Failure], actor: User, now: datetime
) -> list[Failure]:
    """Let open failures make no account partial any more; they are tried again all the same. Return those changed."""
    return _change(organization, failures, actor, now, excludes=True)


@transaction.atomic
def include_failures(
    *, organization: Organization, failures: Sequence[Failure], actor: User, now: datetime
) -> list[Failure]:
    """Let failures count again that were excluded. Return those changed."""
    return _change(organization, failures, actor, now, excludes=False)


def retry_failures(
    *, organization: Organization, failures: Sequence[Failure], actor: User, now: datetime
) -> tuple[int, list[str]]:
    """Have open failures tried at once, by a backup of each account they belong to.

    Returns (how many backups began, why others did not, in sentences).
    """
    Failure.objects.open().filter(pk__in=[one.pk for one in failures]).update(next_try_at=now)
    items = {one.container.item_id: one.container.item for one in failures if one.closed_at is None}
    begun, refused = 0, []
    for item in list(items.values())[:MOST_ACCOUNTS]:
        try:
            start_run(connection=item.connection, item=item, trigger=Run.Trigger.PERSON, actor=actor, now=now)
            begun += 1
        except RunProblem as problem:
            refused.append(f"{item}: {problem}")
    if len(items) > MOST_ACCOUNTS:
        refused.append(f"{len(items) - MOST_ACCOUNTS} more accounts are tried with the next backup.")
    return begun, refused


def _change(
    organization: Organization, failures: Sequence[Failure], actor: User, now: datetime, *, excludes: bool
) -> list[Failure]:
    wanted = [one.pk for one in failures if one.organization_id == organization.pk]
    open_ones = Failure.objects.open().filter(pk__in=wanted, excluded_at__isnull=excludes)
    changed = list(open_ones.select_related("container__connection", "container__item").order_by("pk"))
    for connection in {one.container.connection_id: one.container.connection for one in changed}.values():
        lock_organization(connection)
    values = {"excluded_at": now, "excluded_by": str(actor)[:200]} if excludes else {
        "excluded_at": None, "excluded_by": ""
    }  # fmt: skip
    Failure.objects.filter(pk__in=[one.pk for one in changed]).update(**values)
    for container in {one.container_id: one.container for one in changed}.values():
        _write_container(container)
    for item_id in {one.container.item_id for one in changed}:
        item_endings.write_item(item_id)
    if changed:
        item_endings.write_organization(organization, now=now, is_running=_is_running(organization))
        _record("failure.excluded" if excludes else "failure.included", organization, changed, actor, now)
    return changed


def _write_container(container: Container) -> None:
    """Write whether a container is partial by what counts now; any other status says more than that and stays."""
    row = Container.objects.select_for_update().get(pk=container.pk)
    if row.status not in (_PARTIAL, _SUCCESS):
        return
    counting = Failure.objects.counting().filter(container=row).count()
    row.status = _PARTIAL if counting else _SUCCESS
    row.problem = f"{counting:,} could not be saved; everything else is." if counting else ""
    if not counting:
        row.last_good_at = row.last_tried_at
    row.save(update_fields=["status", "problem", "last_good_at"])


def _is_running(organization: Organization) -> bool:
    return Run.objects.open().filter(organization=organization).exists()


def _record(action: str, organization: Organization, changed: list[Failure], actor: User, now: datetime) -> None:
    names = [one.name or one.object_id or str(one.container) for one in changed]
    shown = ", ".join(f"“{name[:80]}”" for name in names[:5])
    audit.record(
        action,
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=organization,
        at=now,
        details={"what": shown + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")},
    )
