"""Makes a whole tenant."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import connection, transaction

from simulators.microsoft365.generator.groups import Structure, personal_site
from simulators.microsoft365.generator.people import Crowd
from simulators.microsoft365.generator.sizes import Size
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Group, GroupMember, Kind, Person, Site, Tenant

_BATCH = 5000
# Companies buy a few licences more than they have people.
_SPARE_LICENCES = 5


class TenantExists(Exception):
    """There is a tenant with this domain or id already. The message names it."""


def make_tenant(
    *, name: str, domain: str, size: Size, seed: str, now: datetime, tenant_id: UUID | None = None
) -> Tenant:
    """Make a tenant and everybody in it, or return the one made in the same way before. Raises `TenantExists`."""
    tenant_id = tenant_id or derived_id("tenant", seed, sorted(size.as_json().items()), domain)
    existing = Tenant.objects.filter(domain=domain).first() or Tenant.objects.filter(id=tenant_id).first()
    wanted = (tenant_id, domain, seed, size.as_json())
    if existing and (existing.id, existing.domain, existing.seed, existing.size) == wanted:
        return existing
    if existing:
        raise TenantExists(f"There is a tenant {existing.domain} with the id {existing.id} already.")
    tenant = Tenant(
        id=tenant_id,
        name=name,
        domain=domain,
        size=size.as_json(),
        seed=seed,
        created_at=now.replace(microsecond=0),
        licences=size.users + _SPARE_LICENCES,
        headcount=size.accounts,
        admin_id=derived_id(tenant_id, "person", 1),
        ordinary_id=derived_id(tenant_id, "person", 2),
    )
    with transaction.atomic():
        tenant.save(force_insert=True)
        _furnish(tenant, size, random.Random(f"{seed}/{domain}/{sorted(size.as_json().items())}"))  # noqa: S311
    if tenant.headcount > _BATCH:
        _let_the_planner_know()
    return tenant


def _let_the_planner_know() -> None:
    """Gather statistics at once: until the server does so by itself, it takes the tables for nearly empty."""
    with connection.cursor() as cursor:
        for model in (Person, Site, GroupMember):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _furnish(tenant: Tenant, size: Size, dice: random.Random) -> None:
    staff: list[UUID] = []
    for batch in _batches(Crowd(tenant, dice).everybody(size)):
        Person.objects.bulk_create(batch)
        Site.objects.bulk_create(personal_site(person) for person in batch if person.has_drive and not person.is_gone)
        works_here = (Kind.MEMBER, Kind.ON_PREMISES)
        staff += [person.id for person in batch if person.kind in works_here and not person.is_gone]
    structure = Structure(tenant, dice, staff)
    memberships = structure.build(size)
    first = list(islice(memberships, _BATCH))
    while first:
        # The generator makes groups as it goes; a membership's group is made before it.
        Group.objects.bulk_create(structure.groups, ignore_conflicts=True)
        GroupMember.objects.bulk_create(first)
        first = list(islice(memberships, _BATCH))
    Site.objects.bulk_create(structure.sites)


def _batches(people: Iterable[Person]) -> Iterator[list[Person]]:
    people = iter(people)
    while batch := list(islice(people, _BATCH)):
        yield batch
