"""What the codes of Graph's refusals mean for one object or container, whatever their status.

Microsoft documents the statuses, not the codes of the services behind Graph; these were met in practice.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from backups.connectors.base import CannotBeSaved, ConnectorError, CursorExpired, NotThere, Refusal

_NOT_THERE = frozenset(
    {
        "erroritemnotfound",
        "errorfoldernotfound",
        "errorsyncfoldernotfound",
        "errornonexistentmailbox",
        "mailboxnotenabledforrestapi",
        "mailboxnotsupportedforrestapi",
    }
)
_FORGOTTEN = frozenset({"errorinvalidsyncstatedata"})
_REFUSED = {
    "errorcorruptdata": Refusal.CORRUPT,
    "malwaredetected": Refusal.MALWARE,
    "resourcelocked": Refusal.LOCKED,
}
# A OneDrive that nobody ever opened has no code of its own.
_NEVER_MADE = "mysite"
# A mailbox that is full cannot keep what a delta query wants to remember; other calls still answer.
FULL = "ErrorQuotaExceeded"


def refusal_of(code: str, message: str = "", *, request_id: str = "") -> ConnectorError | None:
    """Return the error that Graph's ``code`` (and ``message``) mean, or None where the status says all there is."""
    word, facts = code.lower(), {"code": code, "request_id": request_id}
    if word in _REFUSED:
        return CannotBeSaved("Microsoft does not hand this object out.", reason=_REFUSED[word], **facts)
    if word in _NOT_THERE or _NEVER_MADE in message.lower():
        return NotThere("This does not exist at Microsoft.", **facts)
    if word in _FORGOTTEN:
        return CursorExpired("Microsoft forgot how far we had read.", **facts)
    return None


@contextmanager
def explained() -> Iterator[None]:
    """Turn what `Graph` raises inside into the error its code means."""
    try:
        yield
    except ConnectorError as problem:
        meant = refusal_of(problem.code, request_id=problem.request_id)
        if meant is None or isinstance(problem, type(meant)):
            raise
        raise meant from problem
