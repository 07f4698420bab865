"""Every vault is tidied once a day: what no version needs is given up, and leaves the store after the grace.

Of an erased organization the same job removes what an erasure that was broken off has left, and what locks held.
"""

import logging
from datetime import datetime

from django.conf import settings

from backups.engine.vault_turns import request_turns
from backups.models import VaultOrganization
from backups.vault.collecting import Terms, collect
from backups.vault.configured import configured_root, configured_store
from backups.vault.erased_organizations import finish_erasure
from backups.vault.errors import Damaged, KeyProblem
from backups.vault.vault import open_vault
from jobs.claims import Claim
from organizations.models import Organization

log = logging.getLogger(__name__)

KIND = "collect_vault"
# Half a day away from the same vault's check.
_SHIFT = 12 * 60


def request_due_collections(now: datetime) -> int:
    """Ask for today's collection of every vault whose minute has come, and return how many were asked for."""
    return request_turns(KIND, now, shift=_SHIFT, with_erased=True)


def collect_one(organization_id: int, claim: Claim, *, now: datetime) -> None:
    """Tidy the vault of an organization; running it twice, or beside itself, does the work once."""
    organization = Organization.objects.get(pk=organization_id)
    row = VaultOrganization.objects.filter(organization=organization.uuid).first()
    if row is None:
        return
    store, root = configured_store(), configured_root()
    try:
        if row.erased_at:
            finish_erasure(organization.uuid, store=store, root=root, now=now)
            return
        collected = collect(
            open_vault(organization.uuid, store=store, root=root),
            now=now,
            terms=Terms(grace=settings.VAULT_GRACE),
            holds=claim.is_ours,
        )
    except (Damaged, KeyProblem) as problem:
        # Trying again would find the same; a person has to look.
        claim.give_up(because=str(problem))
        return
    for problem in collected.problems:
        log.error("Vault of %s: %s", organization.uuid, problem)
    log.info("Vault of %s: %s", organization.uuid, collected.as_json())
