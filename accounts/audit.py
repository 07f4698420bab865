"""The audit log: what happened, written in the same transaction as the change, chained by hash.

`record` is the only writer. A trigger in the database refuses every change and removal, even by the owner of the
table; `verify` finds what somebody did to it all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction

from accounts.models import AuditChain, AuditEntry, User
from accounts.models.audit_entry import GENESIS


@dataclass(frozen=True)
class Origin:
    """Where a request comes from: the client's address and the role in which the person acts."""

    address: str | None = None
    role: str = ""


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Note ``origin`` in every entry recorded inside; the middleware opens this once a request."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def act_as(role: str) -> None:
    """Note the role in which the person of the present request acts, once the gate knows it."""
    _origin.set(replace(_origin.get(), role=role))


def record(
    action: str,
    *,
    partner_id: int | None,
    actor: User | str,
    at: datetime,
    target: models.Model | None = None,
    organization_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry to the partner's chain, or to the platform's own where ``partner_id`` is None.

    Must be called inside the transaction of the change it tells of, so that both happen or neither does. Entries
    of one partner wait for each other until that transaction ends. ``details`` holds plain JSON values; never a
    secret. Raises TransactionManagementError outside a transaction.
    """
    AuditChain.objects.get_or_create(partner_id=partner_id)
    chain = AuditChain.objects.select_for_update().get(partner_id=partner_id)
    is_person = isinstance(actor, User)
    origin = _origin.get()
    entry = AuditEntry(
        chain=chain,
        number=chain.length + 1,
        at=at.astimezone(UTC),
        action=action,
        actor=(actor.full_name or actor.email)[:200] if is_person else actor,
        actor_id=actor.pk if is_person else None,
        actor_role=origin.role if is_person else "",
        organization_id=organization_id,
        target_type=target._meta.label if target is not None else "",
        target_id=target.pk if target is not None else None,
        target=str(target)[:200] if target is not None else "",
        details=details or {},
        address=origin.address,
        previous_hash=chain.head,
    )
    entry.hash = entry.computed_hash()
    entry.save(force_insert=True)
    chain.length, chain.head = entry.number, entry.hash
    chain.save(update_fields=["length", "head"])
    return entry


@dataclass(frozen=True)
class Finding:
    """One place where a chain does not hold: which chain, which number, what is wrong, in words."""

    chain: str
    number: int
    problem: str


def verify() -> Iterator[Finding]:
    """Yield every edited, missing, doubled or reordered entry, and every chain whose end was cut off.

    Reads in batches, holds no lock for long, and compares a chain with its head as of the moment it is read.
    """
    for chain_id in AuditChain.objects.order_by("id").values_list("id", flat=True):
        yield from verify_chain(chain_id)


def verify_chain(chain_id: int) -> Iterator[Finding]:
    """Yield what `verify` finds in one chain."""
    with transaction.atomic():
        chain = AuditChain.objects.select_related("partner").select_for_update(of=("self",)).get(id=chain_id)
        length, head = chain.length, chain.head
    yield from _verify_chain(chain, length, head)


def _verify_chain(chain: AuditChain, length: int, head: str) -> Iterator[Finding]:
    expected, previous = 1, GENESIS
    entries = chain.entries.filter(number__lte=length).order_by("number").iterator(chunk_size=1000)
    for entry in entries:
        entry.chain = chain
        if entry.number != expected:
            yield Finding(str(chain), expected, f"{entry.number - expected} missing before entry {entry.number}")
        elif entry.previous_hash != previous:
            yield Finding(str(chain), entry.number, "does not follow the entry before it")
        if entry.hash != entry.computed_hash():
            yield Finding(str(chain), entry.number, "was edited after it was written")
        expected, previous = entry.number + 1, entry.hash
    if expected != length + 1:
        yield Finding(str(chain), expected, f"{length + 1 - expected} missing at the end")
    elif previous != head:
        yield Finding(str(chain), length, "is not the entry that was written last")
    extra = chain.entries.filter(number__gt=length).exists()
    if extra and not AuditChain.objects.filter(id=chain.id, length__gt=length).exists():
        yield Finding(str(chain), length + 1, "was added without the chain knowing")
