"""What a report says of one kind of data of one account: how it stood, what happened, and what to do about it.

Reports are frozen, so they say moments in full and nothing that is true only while it is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from backups.models import Container, Failure
from organizations.models import Connection
from organizations.models.organization import READABLE, ConnectionState

IN_PROGRESS = "IN_PROGRESS"
# Twice what is promised, one backup a day: a kind that is read once a day may be a day and a backup's length old.
STALE_AFTER = timedelta(hours=48)
_S, _R = Container.Status, Failure.Reason
_FIRST = frozenset({_S.NEVER, _S.ONBOARDING})

_ADVICE = {
    _R.CORRUPT: "Open it at the source; what cannot be opened there cannot be saved. Exclude it, or delete it there.",
    _R.MALWARE: "The provider hands out nothing it takes for malware. Delete it at the source, or exclude it.",
    _R.LOCKED: "Unlock it or check it in at the source; it is tried again by itself.",
    _R.TOO_LARGE: "Make it smaller at the source, or exclude it.",
    _R.NOT_A_FILE: "It cannot be downloaded as a file. Exclude it.",
    _R.ACCESS: "Give us access to it at the source; it is tried again by itself.",
    _R.BUSY: "Nothing to do: it is tried again by itself.",
    _R.DAMAGED: "Nothing to do: it is tried again by itself.",
    _R.ODD: "Nothing to do at first: it is tried again by itself. If it stays for days, ask support.",
    _R.SHRUNK: "Look whether that much was deleted at the source on purpose, then tell support.",
    _R.POISON: "Tell support, and say which object it is.",
    _R.STORE: "Tell support: the vault did not take it.",
}
_CONNECT_AGAIN = "Partner staff authorize it again under Settings, Connection. What was saved stays."


@dataclass(frozen=True)
class Told:
    """One kind of data in a report."""

    status: str
    message: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Around:
    """What is known beside a container: whether its kind is switched on, why its service does not let us in (or ""),
    whether its account is being copied, and the open failures that count, by reason.
    """

    is_switched_on: bool = True
    refusal: str = ""
    is_running: bool = False
    failures: Mapping[str, int] = field(default_factory=dict)


def tell(container: Container, around: Around, *, now: datetime) -> Told:
    """Return what is true of a container.

    Green needs evidence: a service that lets us in, and a backup that is not older than `STALE_AFTER`.
    """
    status, failures = container.status, around.failures
    if not around.is_switched_on:
        return Told(_S.NOT_AVAILABLE, "Switched off under Settings, Services. What was saved stays.")
    if status == _S.NOT_AVAILABLE:
        return Told(status, container.problem or "The account has no such data.")
    if around.refusal:
        return Told(_S.FAILED if container.completed_at else _S.ONBOARDING, around.refusal, _CONNECT_AGAIN)
    if status in _FIRST:
        return Told(status, container.problem or "Its first backup is not finished.", _advice(failures))
    if is_stale(container.last_tried_at, now):
        words = f"No backup since {_moment(container.last_tried_at)}."
        return Told(_S.FAILED, words, "Look under Backups why none began; begin one by hand, or ask support.")
    if status == _S.SUCCESS and failures:
        number = sum(failures.values())
        return Told(_S.PARTIAL, f"{number:,} could not be saved; everything else is.", _advice(failures))
    if status != _S.SUCCESS:
        return Told(status, container.problem or "The newest backup did not end well.", _advice(failures))
    return Told(IN_PROGRESS, "Was being backed up.") if around.is_running else Told(status)


def refusal_of(connection: Connection) -> str:
    """Return why the service does not let us in, or "" where it does."""
    if connection.state in READABLE:
        return ""
    if connection.state == ConnectionState.DISCONNECTED:
        return f"{connection.get_service_display()} is disconnected; nothing new is saved."
    return connection.problem or f"{connection.get_service_display()} does not let us in; nothing new is saved."


def is_stale(tried_at: datetime | None, now: datetime) -> bool:
    """Return whether the newest pass is too old to say anything about today."""
    return tried_at is None or now - tried_at > STALE_AFTER


def reasons_in_words(failures: Mapping[str, int]) -> str:
    """Return "9 too large for the provider’s interface, 2 locked at the source", most first."""
    labels = dict(_R.choices)
    ordered = sorted(failures.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{number:,} {labels[reason][:1].lower()}{labels[reason][1:]}" for reason, number in ordered)


def _advice(failures: Mapping[str, int]) -> str:
    if not failures:
        return ""
    most = max(failures, key=lambda reason: (failures[reason], reason))
    return f"{reasons_in_words(failures)}. {_ADVICE[_R(most)]}"


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%-d %B %Y, %H:%M} UTC" if moment else "it was connected"
