"""A mailbox whose older versions go by a rule, and the daily job that lets them go."""

from datetime import timedelta

from django.utils import timezone

from backups.engine import vault_retention
from backups.engine.vault_retention import retain_one
from backups.models import VaultVersion
from backups.tests.searching import Mailbox
from jobs import claims
from jobs.requests import request_job
from organizations.actions.retention import edit_retention
from organizations.models import RetentionRule

DAY = timedelta(days=1)


def a_mailbox_of_sixty_days(organization):
    """Make Eva's mailbox: one mail changed every 20 days, one never, one deleted at the source on day 40."""
    box = Mailbox(organization)
    box.begin = box.at
    for day in (0, 20, 40, 60):
        box.at = box.begin + day * DAY
        box.save(changing=f"Offer {day}\nText", **({"steady": "Always\nText"} if day == 0 else {}))
        if day in (0, 40):
            box.save(lost="Lost\nText" if day == 0 else None)
    return box


def rule(box, days, cast, now):
    """Give Acme a rule that is applied at once, as if its week were over."""
    edit_retention(organization=box.container.organization, days=days, revision=revision_of(box), actor=cast, now=now)
    RetentionRule.objects.update(days=days, next_days=None, next_at=None)


def revision_of(box):
    found = RetentionRule.objects.filter(organization=box.container.organization).first()
    return found.revision if found else 0


def apply(box, now):
    """Do today's job of the box's client."""
    organization = box.container.organization
    job = request_job(vault_retention.KIND, subject_id=organization.pk, at=timezone.now() - DAY)
    claim = claims.claim(job.pk)
    retain_one(organization.pk, claim, now=now)
    claim.finish()
    return RetentionRule.objects.get(organization=organization)


def versions(box):
    """Return how many versions of each mail are kept."""
    found = VaultVersion.objects.filter(organization=box.container.organization.uuid)
    return {name: found.filter(object=box.object_of(name)).count() for name in ("changing", "steady", "lost")}
