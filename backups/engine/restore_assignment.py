"""A part of a restore as restorers know it."""

from collections.abc import Callable

from backups.connectors.restoring import Assignment, Conflict, Restorer
from backups.engine.connecting import source_of
from backups.engine.restore_tree import KeptPlaces, SavedTree
from backups.models import Restore, RestoreContainer, RestoreObject

Restorers = Callable[..., dict[str, Restorer]]


def assignment_of(restore: Restore, part: RestoreContainer, tree: SavedTree) -> Assignment:
    """Return the order to put a part back."""
    return Assignment(
        source=source_of(restore.source),
        target=source_of(restore.target),
        key=str(restore.uuid),
        folder=restore.folder,
        conflict=Conflict(restore.conflict),
        tree=tree,
        places=KeptPlaces(part),
        sharing=restore.sharing,
        notifies=restore.notifies,
        as_messages=restore.as_messages,
        zone=(restore.person and restore.person.time_zone) or restore.organization.partner.time_zone,
    )


def key_of(restore: Restore, row: RestoreObject) -> str:
    """Return the restore key of an object: the same at every try, and of no other."""
    return f"{restore.uuid} {row.object_id}"
