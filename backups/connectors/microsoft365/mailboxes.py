"""What the mailboxes of a tenant are for. Follows Microsoft's page "Get user mailbox settings"."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from backups.connectors.base import ConnectorError, NotThere, ProviderBusy
from backups.connectors.microsoft365.graph import BATCH_SIZE, Graph


class Purpose(StrEnum):
    """`userPurpose` as Microsoft writes it; what comes in the future, and what we are not told, is OTHER."""

    USER = "user"
    SHARED = "shared"
    ROOM = "room"
    EQUIPMENT = "equipment"
    OTHER = "others"
    NONE = "none"


@dataclass(frozen=True)
class Purposes:
    """What was answered by user id, and the pause that was asked for before everybody had an answer, if one was."""

    found: dict[str, Purpose] = field(default_factory=dict)
    busy: ProviderBusy | None = None


def purposes(graph: Graph, user_ids: Sequence[str]) -> Purposes:
    """Return what the mailbox of each user is for, asking for twenty at a time.

    A user without a mailbox in the cloud is NONE. Where only this mailbox is closed to us (an administrator narrowed
    our access to some), the answer is OTHER: it is there, and asking again at every look would only be noise. Raises
    what `Graph.batch` raises where nobody has an answer.
    """
    found: dict[str, Purpose] = {}
    for start in range(0, len(user_ids), BATCH_SIZE):
        ids = user_ids[start : start + BATCH_SIZE]
        paths = [f"users/{quote(user_id, safe='')}/mailboxSettings?$select=userPurpose" for user_id in ids]
        try:
            answers = dict(zip(ids, graph.batch(paths), strict=True))
        except ProviderBusy as busy:
            if not found:
                raise
            return Purposes(found, busy)
        late = [answer for answer in answers.values() if isinstance(answer, ProviderBusy)]
        found |= {user: _purpose(answer) for user, answer in answers.items() if not isinstance(answer, ProviderBusy)}
        if late:
            return Purposes(found, max(late, key=lambda busy: busy.wait))
    return Purposes(found)


def _purpose(answer: dict | ConnectorError) -> Purpose:
    if isinstance(answer, NotThere):
        return Purpose.NONE
    if isinstance(answer, ConnectorError):
        return Purpose.OTHER
    try:
        return Purpose(str(answer.get("userPurpose")).lower())
    except ValueError:
        return Purpose.OTHER
