"""Every vault is looked over every day: its listing, a thirtieth of its packs, a few versions as a restore reads them.

What was found is logged, one line a finding, and ends the day's job as given up, so that a person looks.
"""

import logging
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Mod

from backups.models import VaultOrganization
from backups.vault.checking import Level, check
from backups.vault.configured import configured_root, configured_store, has_store
from backups.vault.errors import StoreProblem
from backups.vault.rewrapping import wrap_packs_again
from backups.vault.rotation import destroy_retired
from backups.vault.vault import open_vault
from jobs.claims import Claim
from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Organization

log = logging.getLogger(__name__)

KIND = "check_vault"
LEVELS = (Level.LISTING, Level.ROTATION, Level.DRILL)
SAMPLE = 20
_AT_ONCE = 100
_A_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60
# Prime, so that vaults made one after the other have turns far apart.
_STRIDE = 541


def request_due_checks(now: datetime) -> int:
    """Ask for today's check of every vault whose minute has come, and return how many were asked for.

    Each organization has a minute of its own, spread by its id. One that was missed is asked for later the same day.
    """
    if not has_store():
        return 0
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    minute = (now - today) // _A_MINUTE
    todays = Job.objects.filter(kind=KIND, subject_id=OuterRef("pk"), requested_at__gte=today)
    vaults = VaultOrganization.objects.filter(erased_at=None, organization=OuterRef("uuid"))
    turn = Mod(F("pk") * _STRIDE, Value(_MINUTES_A_DAY))
    due = Organization.objects.annotate(turn=turn).filter(Exists(vaults), ~Exists(todays), turn__lte=minute)
    return sum(
        request_job(KIND, subject_id=pk, at=now, key=f"{KIND}:{pk}") is not None
        for pk in due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
    )


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
            found.append(finding)
    if found:
        worst = next((one for one in found if not isinstance(one.problem, StoreProblem)), found[0])
        claim.give_up(because=f"{len(found)} findings, {worst.total} objects concerned by the first. {worst.problem}")
        return
    # Jobs that began before a rotation have ended by now; a vault with damage is better left as it is.
    wrap_packs_again(vault, now=now)
    destroy_retired(vault, now=now)
