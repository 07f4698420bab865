"""Why a restore is refused, in words, and the questions that are asked before anybody plans or starts one."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone

from backups.engine.deletion_checks import is_being_deleted
from backups.engine.restore_rights import can_be_restored, consent_problem
from backups.models import Restore, Snapshot
from backups.vault import lookups
from backups.vault.errors import KeyDestroyed
from organizations.models import Connection, Item, Organization

MOST_CHOSEN = 10_000
# Neither Exchange nor SharePoint takes these in the name of a folder.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f"*:<>?/\\|]')


class RestoreProblem(Exception):
    """A restore cannot be planned, begun or changed now; the message says why and what to do.

    NothingToRestore     nothing of what was asked for is in the backup
    NotOfThisItem        something that was chosen belongs to somebody else
    TooMuchChosen        more objects than one selection takes
    NoConsentToWrite     nobody allowed us to write at the service, or not enough
    TargetGone           whoever should get it is not there, or is not of the same sort
    CannotBePutBack      a kind cannot be restored there
    FolderNameRefused    the folder cannot have this name
    NeedsSecondPerson    it would replace what is live, and nobody but whoever planned it has looked at it
    NotCountedYet        it is still being counted
    RestoreIsOver        it ended meanwhile, and nothing is left to go on with
    BeingDeleted         what is backed up is being deleted for good, or was
    """


class NothingToRestore(RestoreProblem):
    pass


class NotOfThisItem(RestoreProblem):
    pass


class TooMuchChosen(RestoreProblem):
    pass


class NoConsentToWrite(RestoreProblem):
    pass


class TargetGone(RestoreProblem):
    pass


class CannotBePutBack(RestoreProblem):
    pass


class FolderNameRefused(RestoreProblem):
    pass


class NeedsSecondPerson(RestoreProblem):
    pass


class NotCountedYet(RestoreProblem):
    pass


class RestoreIsOver(RestoreProblem):
    pass


class BeingDeleted(RestoreProblem):
    pass


def refuse_choice(source: Item, chosen: Sequence, *, is_elsewhere: bool) -> None:
    """Refuse what cannot be restored at all; ``chosen`` are `backups.actions.restores.Chosen`."""
    if not chosen:
        raise NothingToRestore("Nothing was chosen. Nothing was begun.")
    if any(one.container.item_id != source.pk for one in chosen):
        raise NotOfThisItem("Something that was chosen belongs to somebody else. Nothing was begun; choose again.")
    if any(len(one.objects) > MOST_CHOSEN for one in chosen):
        raise TooMuchChosen(f"More than {MOST_CHOSEN:,} objects are chosen. Choose fewer, or restore whole folders.")
    if len({one.container.pk for one in chosen}) != len(chosen):
        raise NotOfThisItem("One kind was chosen twice. Nothing was begun; choose again.")
    for one in chosen:
        if not can_be_restored(one.container.kind, elsewhere=is_elsewhere):
            raise CannotBePutBack(
                f"{one.container.get_kind_display()} cannot be restored there. It can be exported and downloaded."
            )


def refuse_what_is_not_kept(source: Item, snapshot: Snapshot | None) -> None:
    """Refuse what is being destroyed at this moment, and points in time that are gone; in the plan's transaction."""
    # The last look of a deletion waits here, or was taken; so does a rule that lets older versions go.
    Organization.objects.select_for_update().get(pk=source.organization_id)
    refuse_what_is_being_deleted(source)
    if snapshot is not None and not Snapshot.objects.filter(pk=snapshot.pk).exists():
        raise NothingToRestore("This point in time is not kept any more. Nothing was begun; choose another one.")


def refuse_what_is_being_deleted(source: Item) -> None:
    """Refuse what is being destroyed at this moment; in a transaction that holds the client's row."""
    if is_being_deleted(source.organization_id, source.pk):
        raise BeingDeleted(f"What is backed up of {source} is being deleted for good. Nothing was begun.")


def refuse_what_was_deleted(restore: Restore) -> None:
    """Refuse to go on with what was destroyed since; in a transaction that holds the client's row."""
    if restore.started_at is not None and restore.is_of_what_was_deleted:
        raise BeingDeleted(f"What was backed up of {restore.source} is deleted for good. Nothing was begun.")


def refuse_target(source: Item, target: Item) -> None:
    """Refuse somebody who cannot get it."""
    if target.connection_id != source.connection_id or target.kind != source.kind:
        raise TargetGone(f"{target} cannot get what is {source}’s. Choose somebody of the same sort at this client.")
    if target.presence != Item.Presence.PRESENT:
        raise TargetGone(f"{target} is gone from the source. Choose somebody else to get it.")


def refuse_without_consent(connection: Connection, kinds: Collection[str]) -> None:
    """Refuse to write where nobody allowed it."""
    if problem := consent_problem(connection, kinds):
        raise NoConsentToWrite(problem)


def folder_name(wanted: str | None, now: datetime) -> str:
    """Return the name of the folder to restore into, by default one that says the day."""
    if wanted is None:
        local = timezone.localtime(now)
        return f"Restored {local.day} {local:%b %Y}"
    name = wanted.strip()
    if len(name) > 120 or _NOT_IN_NAMES.search(name) or name.strip(".") != name:
        raise FolderNameRefused(
            'A folder’s name has at most 120 characters, none of " * : < > ? / \\ | and no full stop at its ends.'
            " Nothing was begun; choose another name."
        )
    return name


def head_of(organization: Organization) -> int:
    """Return the newest commit of a client's vault."""
    try:
        return lookups.head(organization.uuid)[0]
    except (LookupError, KeyDestroyed) as problem:
        raise NothingToRestore(f"Nothing of {organization} is in the backup. Nothing was begun.") from problem
