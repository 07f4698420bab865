"""One writer at a time per tenant, and a line in the change log for everything it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from simulators.microsoft365.clock import clock
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Change, Group, GroupMember, Person, Scope, Site, Tenant

Op = Change.Operation
BIN_DAYS = 30


class CannotMutate(Exception):
    """An operation names something that is not there, or leaves something out. The message says what."""


class Ledger:
    """Writes to one tenant whose row is held until the end of the transaction."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self.tenant, self.now = tenant, now

    def new_id(self) -> UUID:
        """Return an id for something new; the same history makes the same ids."""
        made = Change.objects.filter(tenant=self.tenant, operation=Op.CREATED).count()
        return derived_id(self.tenant.id, "made", made + 1)

    def record(self, scope: Scope, object_id: UUID, operation: Op, *, member: Person | Group | None = None) -> int:
        """Append one line and return its number."""
        facts = {"member_id": member.id, "member_is_group": isinstance(member, Group)} if member else {}
        return Change.objects.create(
            tenant=self.tenant, scope=scope, object_id=object_id, operation=operation, at=self.now, **facts
        ).id

    def create(self, thing: Person | Group | Site) -> None:
        """Save something new, with the number of its first change."""
        thing.created_seq = self.record(_scope(thing), thing.id, Op.CREATED)
        thing.save(force_insert=True)

    def update(self, thing: Person | Group | Site, **values) -> None:
        """Set fields of something that exists."""
        for name, value in values.items():
            setattr(thing, name, value)
        thing.save(update_fields=list(values))
        self.record(_scope(thing), thing.id, Op.UPDATED)

    def groups_of(self, member: Person | Group) -> list[Group]:
        """Return the live groups somebody is a member of."""
        ids = GroupMember.objects.filter(member_id=member.id, is_owner=False).values("group_id")
        return list(Group.objects.live().filter(tenant=self.tenant, id__in=ids))

    def purge_overdue(self) -> None:
        """Purge who lay in the bin for thirty days."""
        limit = self.now - timedelta(days=BIN_DAYS)
        for model in (Person, Group):
            for thing in model.objects.overdue(limit).filter(tenant=self.tenant):
                self.purge(thing)

    def purge(self, thing: Person | Group) -> None:
        """Remove something for good."""
        thing.deleted_at = thing.deleted_at or self.now
        thing.purged_at = self.now
        thing.save(update_fields=["deleted_at", "purged_at"])
        GroupMember.objects.filter(member_id=thing.id).delete()
        self.record(_scope(thing), thing.id, Op.PURGED)
        owned = {"owner_id": thing.id} if isinstance(thing, Person) else {"group_id": thing.id}
        for site in Site.objects.live().filter(tenant=self.tenant, **owned):
            self.remove_site(site)

    def remove_site(self, site: Site) -> None:
        """Delete a site."""
        site.deleted_at = self.now
        site.save(update_fields=["deleted_at"])
        self.record(Scope.SITES, site.id, Op.DELETED)


@contextmanager
def writing(tenant_id: UUID) -> Iterator[Ledger]:
    """Hold a tenant and write to it; all of it is kept, or nothing."""
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(id=tenant_id)
        yield Ledger(tenant, clock.now())


def sweep(tenant: Tenant) -> None:
    """Empty a tenant's bin of what lies there too long, if there is any."""
    limit = clock.now() - timedelta(days=BIN_DAYS)
    if any(model.objects.overdue(limit).filter(tenant=tenant).exists() for model in (Person, Group)):
        with writing(tenant.id) as ledger:
            ledger.purge_overdue()


def _scope(thing: Person | Group | Site) -> Scope:
    return {Person: Scope.USERS, Group: Scope.GROUPS, Site: Scope.SITES}[type(thing)]
