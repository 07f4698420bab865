"""What `backups` does by the clock."""

from django.utils import timezone

from backups.actions.alert_rules import follow_rules
from backups.actions.digest_endings import log_endings
from backups.actions.digests import send_due_digests
from backups.actions.due_runs import start_due_runs
from backups.actions.previews import end_previews
from backups.actions.reports import clear_reports, request_due_reports
from backups.engine.deletion import request_due_deletions
from backups.engine.deletion_endings import end_contradicted, warn_of_ends
from backups.engine.due_looks import end_abandoned_looks, request_due_looks
from backups.engine.export_endings import end_exports
from backups.engine.indexing import request_due_indexing
from backups.engine.parcels import end_parcels
from backups.engine.restore_endings import end_restores
from backups.engine.runs import end_abandoned_items
from backups.engine.vault_checks import request_due_checks
from backups.engine.vault_collections import request_due_collections
from backups.engine.vault_retention import request_due_retention
from jobs.registry import each_minute
from organizations.actions.consent_endings import end_abandoned_consents
from organizations.actions.overdue_alerts import note_overdue
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
    """Ask for today's check, collection and removal by rule of vaults whose turn has come, and for what is saved to be
    searchable.
    """
    now = timezone.now()
    request_due_checks(now)
    request_due_collections(now)
    request_due_retention(now)
    request_due_indexing(now)


@each_minute
def keep_restoring() -> None:
    """End restores that no worker goes on with, and forget plans that nobody started."""
    end_restores(timezone.now())


@each_minute
def keep_deleting() -> None:
    """Call off deletions that must not go on, warn of those that are near, and ask for those whose hold is over."""
    now = timezone.now()
    end_contradicted(now)
    warn_of_ends(now)
    request_due_deletions(now)


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


@each_minute
def keep_reporting() -> None:
    """Ask for the reports whose day has come, and clear away those that are a year old."""
    now = timezone.now()
    request_due_reports(now)
    clear_reports(now)


@each_minute
def keep_telling() -> None:
    """Tell people of clients that have had no good backup for a day, and of those that have one again."""
    note_overdue(timezone.now())


@each_minute
def keep_following_rules() -> None:
    """Tell people what their alert rules ask for, and when it is over."""
    follow_rules(timezone.now())


@each_minute
def keep_digesting() -> None:
    """Send the Summary Digests whose hour has come, and write down how those before ended."""
    now = timezone.now()
    log_endings(now)
    send_due_digests(now)
