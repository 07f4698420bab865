"""What happened, in rows that nobody changes."""

import hashlib
import json
import uuid
from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.models.membership import Membership
from accounts.models.partner import Partner

GENESIS = "0" * 64


class AuditChain(models.Model):
    """The newest link of one partner's chain, or of the platform's own where ``partner`` is empty.

    Its row is the lock that gives entries their order, and the witness against a chain whose end was cut off.
    """

    partner = models.OneToOneField(Partner, models.PROTECT, null=True, related_name="audit_chain")
    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)
    # When the whole chain was computed anew, how long it was then, and where it did not hold, "" for nowhere.
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_length = models.PositiveBigIntegerField(default=0)
    verified_problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner"], nulls_distinct=False, name="accounts_one_chain_per_partner"),
        ]

    def __str__(self) -> str:
        return f"Audit log of {self.partner}" if self.partner else "Audit log of the platform"


class AuditEntryQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the partner's own entries; an organization user sees those of the organization only."""
        # A value and no join: only so does an index give the newest ones without reading and sorting all.
        own = self.filter(chain=AuditChain.objects.filter(partner=membership.partner_id).values("pk")[:1])
        if membership.sees_every_organization:
            return own
        return own.filter(organization_id=membership.organization_id)

    def about_organization(self, organization_id: int) -> Self:
        """Return what happened at one client."""
        return self.filter(organization_id=organization_id)

    def by_people(self) -> Self:
        """Return what somebody did."""
        return self.filter(actor_id__isnull=False)

    def by_the_system(self) -> Self:
        """Return what happened by itself: work that was due, found or failed."""
        return self.filter(actor_id=None)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-number")

    def older_than(self, entry: "AuditEntry") -> Self:
        """Return those that stand after ``entry`` where the newest come first."""
        return self.filter(Q(at__lt=entry.at) | Q(number__lt=entry.number), at__lte=entry.at)

    def newest_of(self, actions: Collection[str], count: int) -> Self:
        """Return the newest ``count`` entries of the exact ``actions``, newest first.

        Each action is looked up by itself: among millions, entries of a rare one would otherwise be searched for
        one after the other. The answer can be read, and no longer filtered.
        """
        first, *others = [self.filter(action=one).newest_first()[:count] for one in actions]
        return first.union(*others, all=True).newest_first()[:count]


class AuditEntry(models.Model):
    """One event: who did what to which, when, from where. Written by `accounts.audit.record` only.

    People and things are kept by value (id and name), so that entries outlive them unchanged.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chain = models.ForeignKey(AuditChain, models.PROTECT, related_name="entries")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor = models.CharField(max_length=200)
    actor_id = models.BigIntegerField(null=True)
    actor_role = models.CharField(max_length=20, blank=True)
    organization_id = models.BigIntegerField(null=True)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.BigIntegerField(null=True)
    target = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="accounts_audit_numbers_are_unique"),
        ]
        indexes = [
            # Each way to ask for a page of the log, in the order of the page.
            models.Index(fields=["chain", "-at", "-number"], name="accounts_audit_newest"),
            models.Index(fields=["chain", "action", "-at", "-number"], name="accounts_audit_action"),
            models.Index(fields=["chain", "actor_id", "-at", "-number"], name="accounts_audit_actor"),
            # A client's own log; without it every look there reads the logs of all partners.
            models.Index(
                fields=["organization_id", "-at", "-number"],
                condition=Q(organization_id__isnull=False),
                name="accounts_audit_client",
            ),
            models.Index(
                fields=["organization_id", "action", "-at", "-number"],
                condition=Q(organization_id__isnull=False),
                name="accounts_audit_client_action",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.action} by {self.actor}"

    def computed_hash(self) -> str:
        """Return the SHA-256 over the entry's facts and the previous entry's hash.

        The form is canonical JSON (sorted keys, no spaces, UTC with microseconds), so that anybody can check it.
        """
        text = json.dumps(self.facts(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def facts(self) -> dict[str, Any]:
        """Return what the hash is taken over, as plain JSON values."""
        facts = {
            "partner": self.chain.partner_id,
            "number": self.number,
            "at": self.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "uuid": str(self.uuid),
            "previous_hash": self.previous_hash,
        }
        for name in (
            "action", "actor", "actor_id", "actor_role", "organization_id", "target_type", "target_id",
            "target", "details", "address",
        ):  # fmt: skip
            facts[name] = getattr(self, name)
        return facts
