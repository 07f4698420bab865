"""What `backups` does by the clock."""

from django.utils import timezone

from backups.actions.due_runs import start_due_runs
from backups.actions.previews import end_previews
from backups.engine.due_looks import end_abandoned_looks, request_due_looks
from backups.engine.export_endings import end_exports
from backups.engine.indexing import request_due_indexing
from backups.engine.parcels import end_parcels
from backups.engine.restore_endings import end_restores
from backups.engine.runs import end_abandoned_items
from backups.engine.vault_checks import request_due_checks
from backups.engine.vault_collections import request_due_collections
from jobs.registry import each_minute
from organizations.actions.consent_endings import end_abandoned_consents
from organizations.actions.site_addresses import end_abandoned_checks


@each_minute
def keep_looking() -> None:
    """Ask for looks that are due, and end those that nobody goes on with."""
    now = timezone.now()
    end_abandoned_looks(now)
    request_due_looks(now)


@each_minute
def keep_backing_up() -> None:
    """Start the backups whose time has come, and give up items that no worker goes on with."""
    now = timezone.now()
    end_abandoned_items(now)
    start_due_runs(now)


@each_minute
def let_nobody_wait_for_ever() -> None:
    """End trips to Microsoft and checks of addresses that no worker goes on with."""
    now = timezone.now()
    end_abandoned_consents(now)
    end_abandoned_checks(now)


@each_minute
def keep_vaults() -> None:
    """Ask for today's check and collection of vaults whose turn has come, and for what is saved to be searchable."""
    now = timezone.now()
    request_due_checks(now)
    request_due_collections(now)
    request_due_indexing(now)


@each_minute
def keep_restoring() -> None:
    """End restores that no worker goes on with, and forget plans that nobody started."""
    end_restores(timezone.now())


@each_minute
def keep_no_copies() -> None:
    """End exports and parcels whose time is over or that nobody goes on with, and delete what they left."""
    now = timezone.now()
    end_exports(now)
    end_parcels(now)


@each_minute
def keep_no_previews() -> None:
    """Forget what people looked at an hour ago."""
    end_previews(timezone.now())
