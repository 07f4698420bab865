"""What a delta feed tells of: the objects of one kind, and how each is shown or taken away."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.models import Change, Scope, Tenant

_MEMBERSHIP = (Change.Operation.MEMBER_ADDED, Change.Operation.MEMBER_REMOVED)


@dataclass
class Told:
    """One page: its entries, and where the next one begins. Without ``after`` the round is over."""

    entries: list[dict]
    after: str | None
    member: str = ""


class Feed:
    """The common part of all feeds."""

    scope: Scope
    path: str
    context: str
    shape: Shape
    is_directory = True
    # The options that carry a token: within a round, and (last) at its end.
    token_options = ("$skiptoken", "$deltatoken")
    extra_options: tuple[str, ...] = ()
    default_page = 200
    highest_page = 999
    gone_code = "syncStateNotFound"

    def chosen(self, select: str | None) -> tuple[str, ...]:
        """Return the properties to show; the id is always among them."""
        return tuple(dict.fromkeys((*self.shape.chosen(select), "id")))

    def rows(self, tenant: Tenant) -> QuerySet:
        """Every row of this kind, the gone ones too."""
        raise NotImplementedError

    def live(self, tenant: Tenant) -> QuerySet:
        """The rows that exist."""
        return self.rows(tenant).live()

    def operations(self, chosen: tuple[str, ...]) -> list[str]:
        """The kinds of changes that matter to somebody who sees ``chosen``."""
        return [operation for operation in Change.Operation if operation not in _MEMBERSHIP]

    def entry(self, row, chosen: tuple[str, ...], changes: list[Change]) -> dict:
        """Show something that exists."""
        return self.shape.show(row, chosen)

    def removal(self, row) -> dict:
        """Show that something is gone."""
        reason = "deleted" if row.purged_at else "changed"
        return {"id": str(row.id), "@removed": {"reason": reason}}

    def tell(self, tenant: Tenant, position, chosen: tuple[str, ...], size: int) -> Told:
        """Return the page at ``position``."""
        if position.since is None:
            return self.snapshot(tenant, position, chosen, size)
        return self.changes(tenant, position, chosen, size)

    def snapshot(self, tenant: Tenant, position, chosen: tuple[str, ...], size: int) -> Told:
        """Return a page of what existed when the first round began."""
        rows = self.existed_at(tenant, position)
        page = list(rows[: size + 1])
        entries = [self.entry(row, chosen, []) for row in page[:size]]
        return Told(entries, str(page[size - 1].pk) if len(page) > size else None)

    def existed_at(self, tenant: Tenant, position) -> QuerySet:
        """The rows of the first round that were not told yet, in order."""
        rows = self.live(tenant).filter(created_seq__lte=position.upto).order_by("pk")
        return rows.filter(pk__gt=position.after) if position.after else rows

    def changes(self, tenant: Tenant, position, chosen: tuple[str, ...], size: int) -> Told:
        """Return a page of what changed in this round, each object once."""
        lines = Change.objects.filter(tenant=tenant, scope=self.scope, operation__in=self.operations(chosen))
        lasts = lines.last_of_each_object(upto=position.upto, operations=self.operations(chosen))
        page = list(lasts.filter(id__gt=int(position.after)).order_by("id")[: size + 1])
        told = page[:size]
        rows = {row.pk: row for row in self.rows(tenant).filter(pk__in=[line.object_id for line in told])}
        stories = self._stories(lines, position, told)
        entries = []
        for line in told:
            row = rows.get(line.object_id)
            if row is None or (row.is_gone and row.created_seq > position.known_upto):
                continue
            story = stories[line.object_id]
            entries.append(self.removal(row) if row.is_gone else self.entry(row, chosen, story))
        return Told(entries, str(told[-1].id) if len(page) > size else None)

    def _stories(self, lines: QuerySet, position, told: list[Change]) -> dict[UUID, list[Change]]:
        ids = [line.object_id for line in told]
        stories = defaultdict(list)
        for line in lines.filter(object_id__in=ids, id__gt=position.since, id__lte=position.upto).order_by("id"):
            stories[line.object_id].append(line)
        return stories
