"""The index follows the vault: commit after commit, what was saved is read, cut into words and stored.

A job in slices for each organization. It goes on behind the last commit that was done whole; of one that was not, what
has an entry already is not read again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from backups.content.child import ReaderDidNotStart
from backups.engine import indexing_store
from backups.engine.indexing_changes import Saved, commits_after, touched, unindexed
from backups.engine.indexing_entries import EntryMaker
from backups.models import SearchProgress, VaultOrganization
from backups.vault.configured import configured_root, configured_store, has_store
from backups.vault.errors import VaultError
from backups.vault.vault import open_vault
from jobs.claims import Claim
from jobs.requests import request_job
from organizations.models import Organization

log = logging.getLogger(__name__)

KIND = "index_organization"
SLICE = timedelta(minutes=4)
# Read and stored together; large ones are stored as soon as they have taken so long.
BATCH, _BATCH_LASTS = 200, timedelta(seconds=10)
_AT_ONCE = 100
_LATER = timedelta(minutes=5)


def request_due_indexing(now: datetime) -> int:
    """Ask for the index to be brought up wherever it lags behind the vault, and return how many were asked for."""
    if not has_store():
        return 0
    done = SearchProgress.objects.filter(organization=OuterRef("organization")).values("commit")
    behind = VaultOrganization.objects.filter(erased_at=None, head_number__gt=0).annotate(done=Subquery(done))
    behind = behind.filter(Q(done=None) | Q(done__lt=F("head_number"))).values("organization")
    organizations = Organization.objects.filter(uuid__in=behind).order_by("pk")[:_AT_ONCE]
    return sum(request_indexing(one, now=now) for one in organizations)


def request_indexing(organization: Organization, *, now: datetime) -> bool:
    """Ask for the index of a client to be brought up, in the caller's transaction; return whether nobody had yet."""
    return request_job(KIND, subject_id=organization.pk, at=now, key=f"{KIND}:{organization.pk}") is not None


def index_organization(
    organization_id: int,
    claim: Claim,
    *,
    clock: Callable[[], datetime] = timezone.now,
    slice_lasts: timedelta = SLICE,
) -> None:
    """Bring the index of a client up to its vault, or as far as one slice allows.

    Raises `LeaseLost` where another worker has taken over; what was stored stays.
    """
    organization = Organization.objects.get(pk=organization_id)
    vault_row = VaultOrganization.objects.filter(organization=organization.uuid, erased_at=None).first()
    if vault_row is None:
        return
    try:
        follower = _Follower(organization, claim, clock)
        is_done = follower.follow(clock() + slice_lasts, head=vault_row.head_number)
    except (VaultError, ReaderDidNotStart) as problem:
        log.warning("The index of %s waits: %s", organization.uuid, problem)
        claim.try_again(after=_LATER, because=str(problem))
        return
    if not is_done:
        claim.try_again(after=timedelta(), because="")


class _Follower:
    """One slice of one organization."""

    def __init__(self, organization: Organization, claim: Claim, clock: Callable[[], datetime]) -> None:
        self.claim, self.clock = claim, clock
        self.vault = open_vault(organization.uuid, store=configured_store(), root=configured_root())
        with transaction.atomic():
            self.progress, _ = SearchProgress.objects.get_or_create(organization=organization.uuid)
        self.maker = EntryMaker(organization, self.vault, self.progress)

    def follow(self, ends_at: datetime, *, head: int) -> bool:
        """Index commits up to ``head``; return whether all of them are done."""
        for commit in commits_after(self.vault.organization, self.progress.commit):
            if not self._index(commit, ends_at):
                return False
            indexing_store.store(self.vault.organization, [], holds=self.claim.renew, reached=commit)
        indexing_store.store(self.vault.organization, [], holds=self.claim.renew, reached=head)
        return True

    def _index(self, commit: int, ends_at: datetime) -> bool:
        """Index a commit; return whether all of it is done. A slice does some of it, however late it is."""
        for account, object_ids in touched(self.vault, commit):
            for begin in range(0, len(object_ids), BATCH):
                saved = unindexed(self.vault, account, object_ids[begin : begin + BATCH], commit)
                self._index_batch(saved)
                if saved and self.clock() >= ends_at:
                    return False
        return True

    def _index_batch(self, saved: list[Saved]) -> None:
        entries, began = [], self.clock()
        for entry in self.maker.entries(saved):
            entries.append(entry)
            if self.clock() - began >= _BATCH_LASTS:
                indexing_store.store(self.vault.organization, entries, holds=self.claim.renew)
                entries, began = [], self.clock()
        if entries:
            indexing_store.store(self.vault.organization, entries, holds=self.claim.renew)
