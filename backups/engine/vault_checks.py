"""Every vault is looked over every day: its listing, a thirtieth of its packs, a few versions as a restore reads them.

What was found is logged, one line a finding, written into the client's log once as long as it stays the same, and ends
the day's job as given up, so that a person looks.
"""

import logging
from datetime import datetime

from django.db import transaction

from backups.engine import vault_damage
from backups.engine.vault_turns import request_turns
from backups.models import VaultOrganization
from backups.vault.checking import Level, check
from backups.vault.configured import configured_root, configured_store
from backups.vault.errors import StoreProblem
from backups.vault.rewrapping import wrap_packs_again
from backups.vault.rotation import destroy_retired
from backups.vault.vault import open_vault
from jobs.claims import Claim
from organizations.models import Organization

log = logging.getLogger(__name__)

KIND = "check_vault"
LEVELS = (Level.LISTING, Level.ROTATION, Level.DRILL)
SAMPLE = 20


def request_due_checks(now: datetime) -> int:
    """Ask for today's check of every vault whose minute has come, and return how many were asked for."""
    return request_turns(KIND, now)


def check_one(organization_id: int, claim: Claim, *, now: datetime) -> None:
    """Look over the vault of an organization; running it twice reads again only what was not right."""
    organization = Organization.objects.get(pk=organization_id)
    if not VaultOrganization.objects.filter(organization=organization.uuid, erased_at=None).exists():
        return
    vault = open_vault(organization.uuid, store=configured_store(), root=configured_root())
    found = []
    for level in LEVELS:
        for finding in check(vault, level, now=now, sample=SAMPLE):
            log.error("Vault of %s, %s: %s", organization.uuid, level.name.lower(), finding.as_json())
            found.append((level, finding))
    if found:
        findings = [finding for _, finding in found]
        worst = next((one for one in findings if not isinstance(one.problem, StoreProblem)), findings[0])
        because = f"{len(found)} findings, {worst.total} objects concerned by the first. {worst.problem}"
        with transaction.atomic():
            vault_damage.note_found(organization, found, now=now)
            claim.give_up(because=because)
        return
    vault_damage.note_gone(organization, now=now)
    # Jobs that began before a rotation have ended by now; a vault with damage is better left as it is.
    wrap_packs_again(vault, now=now)
    destroy_retired(vault, now=now)
