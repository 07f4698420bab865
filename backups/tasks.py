"""The work of `backups`, named for the job that asks for it."""

from django.utils import timezone

from backups.engine import (
    backup_item,
    consent,
    deletion,
    discovery,
    export,
    export_endings,
    group_members,
    indexing,
    parcels,
    previewing,
    reports,
    restore,
    restore_counting,
    restore_endings,
    runs,
    site_checks,
    vault_checks,
    vault_collections,
    vault_retention,
)
from jobs.claims import Claim
from jobs.registry import job


@job("prove_consent", queue="control")
def prove_consent(subject_id: int, claim: Claim) -> None:
    """Prove what an administrator brought back from the provider's consent page."""
    consent.prove(subject_id, claim, now=timezone.now())


@job("discover", queue="backup")
def discover(subject_id: int, claim: Claim) -> None:
    """Look for users, mailboxes, groups, teams and sites of a connection."""
    discovery.discover(subject_id, claim)


@job("discover_shrunken", queue="backup")
def discover_shrunken(subject_id: int, claim: Claim) -> None:
    """Look like `discover`, and believe also a listing that lacks much: an operator has looked at the tenant."""
    discovery.discover(subject_id, claim, accepts_shrinking=True)


@job("read_group_members", queue="control")
def read_group_members(subject_id: int, claim: Claim) -> None:
    """Read who is in a group that a filter names."""
    group_members.read_members(subject_id, claim)


@job("check_site_addresses", queue="control")
def check_site_addresses(subject_id: int, claim: Claim) -> None:
    """Look at the SharePoint addresses of a connection that people typed."""
    site_checks.check(subject_id, claim)


@job(vault_checks.KIND, queue="maintenance")
def check_vault(subject_id: int, claim: Claim) -> None:
    """Look over the vault of an organization: the listing, the packs whose day it is, and a few versions."""
    vault_checks.check_one(subject_id, claim, now=timezone.now())


@job(vault_collections.KIND, queue="maintenance")
def collect_vault(subject_id: int, claim: Claim) -> None:
    """Free what no version in the vault of an organization needs, or what is left of an erased one."""
    vault_collections.collect_one(subject_id, claim, now=timezone.now())


@job(vault_retention.KIND, queue="maintenance")
def retain_vault(subject_id: int, claim: Claim) -> None:
    """Forget what the rule of an organization does not keep any more."""
    vault_retention.retain_one(subject_id, claim, now=timezone.now())


@job(deletion.KIND, queue="maintenance")
def execute_deletion(subject_id: int, claim: Claim) -> None:
    """Delete for good what was asked for, authorized and held."""
    deletion.execute(subject_id, claim)


@job(indexing.KIND, queue="maintenance")
def index_organization(subject_id: int, claim: Claim) -> None:
    """Make what was saved of an organization searchable, a slice at a time."""
    indexing.index_organization(subject_id, claim)


@job("begin_run", queue="control")
def begin_run(subject_id: int, claim: Claim) -> None:
    """Look who is there and line a run's items up."""
    runs.begin_run(subject_id, claim, now=timezone.now())


@job("end_run", queue="control")
def end_run(subject_id: int, claim: Claim) -> None:
    """End a run that somebody called off."""
    runs.end_run(subject_id, claim, now=timezone.now())


@job("backup_item", queue="backup", max_attempts=backup_item.MAX_ATTEMPTS)
def copy_item(subject_id: int, claim: Claim) -> None:
    """Copy one item of a run, a slice at a time."""
    backup_item.backup_item(subject_id, claim)


@job(restore_endings.COUNT_KIND, queue="restore")
def count_restore(subject_id: int, claim: Claim) -> None:
    """Count what a restore would put back; nothing is written at the service."""
    restore_counting.count_restore(subject_id, claim)


@job(restore_endings.KIND, queue="restore", max_attempts=restore.MAX_ATTEMPTS)
def restore_objects(subject_id: int, claim: Claim) -> None:
    """Put a restore back, a slice at a time."""
    restore.restore_objects(subject_id, claim)


@job(reports.KIND, queue="maintenance")
def freeze_report(subject_id: int, claim: Claim) -> None:
    """Take the backup report of an organization whose newest one is a day old."""
    reports.freeze_due(subject_id, claim, now=timezone.now())


@job(parcels.KIND, queue="maintenance")
def clear_parcels(subject_id: int, claim: Claim) -> None:
    """Delete what lies in the store of parcels whose time is over."""
    parcels.clear_parcels(claim)


@job(export_endings.KIND, queue="export", max_attempts=export.MAX_ATTEMPTS)
def write_export(subject_id: int, claim: Claim) -> None:
    """Write an export, a volume after the other."""
    export.export_objects(subject_id, claim)


@job("render_preview", queue="control", max_attempts=2)
def render_preview(subject_id: int, claim: Claim) -> None:
    """Read one saved object for somebody who waits to see it."""
    previewing.render(subject_id, claim, now=timezone.now())
