"""Who else has to agree before a restore replaces what is live: nothing large is destroyed by one person alone."""

from datetime import datetime

from accounts.models import User
from backups.actions.restore_refusals import NeedsSecondPerson
from backups.engine.restore_rights import somebody_else_may
from backups.models import Restore, RestoreObject


def needs_second_person(restore: Restore, actor: User | str, *, now: datetime) -> bool:
    """Return whether ``actor`` cannot start a plan that was counted: whoever planned to replace live objects leaves its
    start to somebody else who may restore data of the client; so does who lets it be counted again unseen. Where nobody
    else may, and for operators, there is nobody to ask.
    """
    if restore.conflict != Restore.Conflict.REPLACE or not isinstance(actor, User) or restore.person_id != actor.pk:
        return False
    may_replace = not restore.was_counted_lately(now) or replaced_by(restore) > 0
    return may_replace and somebody_else_may(restore)


def replaced_by(restore: Restore) -> int:
    """Return how many live objects a plan would replace."""
    if restore.conflict != Restore.Conflict.REPLACE:
        return 0
    return RestoreObject.objects.filter(part__restore=restore).to_come().exclude(there_id="").count()


def refuse_alone(restore: Restore, actor: User | str, *, now: datetime) -> None:
    """Raise `NeedsSecondPerson` where somebody else has to start it."""
    if needs_second_person(restore, actor, now=now):
        raise NeedsSecondPerson(
            "Live data may be replaced, so a second person must agree: somebody else who may restore here opens this"
            " page and starts it. Nothing was begun; the plan is kept for a day."
        )
