"""Whether one kind of data of one account is covered, and if not, why: decided here and nowhere else."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from backups.models import Container
from organizations.models import Item

_P, _S = Item.Protection, Container.Status


class State(StrEnum):
    """What is true of one kind of data of one account. What hinders more comes first."""

    # The service does not let us read it, or lets us in no more.
    REFUSED = "REFUSED"
    # Its first backup ended without all of it, and nothing whole was saved before.
    FIRST_FAILED = "FIRST_FAILED"
    # It was saved once; now all or some of it fails.
    FAILING = "FAILING"
    # Found, and nobody decided yet.
    NEVER_SEEN = "NEVER_SEEN"
    # Chosen, and its first backup has not begun; or has, and has not ended.
    WAITING = "WAITING"
    FIRST = "FIRST"
    # Left out: by a decision about the account, by a filter, by the switch of its kind.
    NOT_CHOSEN = "NOT_CHOSEN"
    FILTERED = "FILTERED"
    SWITCHED_OFF = "SWITCHED_OFF"
    PROTECTED = "PROTECTED"
    # The account has no such data: no licence, no mailbox, no drive.
    NOTHING_THERE = "NOTHING_THERE"
    # The account is not at the source any more; what was saved is kept.
    GONE = "GONE"


EXCLUDED = frozenset({State.NOT_CHOSEN, State.FILTERED, State.SWITCHED_OFF})
HINDERED = frozenset({State.REFUSED, State.FIRST_FAILED, State.FAILING})
# Of these something is saved and new data goes on being saved.
_SAVED = frozenset({State.PROTECTED, State.FAILING})


class Group(StrEnum):
    """How an account as a whole is covered, in the order of the page."""

    NOT_COVERED = "NOT_COVERED"
    GAPS = "GAPS"
    COVERED = "COVERED"
    GONE = "GONE"


@dataclass(frozen=True)
class Facts:
    """What is known of one kind of data of one account; ``status`` is "" where nothing was ever tried."""

    protection: str
    # Whether a person or a rule has said yes or no to the account.
    is_decided: bool = False
    # Whether the connection lets us in today.
    is_readable: bool = True
    # Whether the kind is switched on for the client.
    is_switched_on: bool = True
    # Whether the provider says that the account has no mailbox, and the kind lies in one.
    is_without_mailbox: bool = False
    status: str = ""
    # Whether a pass was begun, whether something open counts against it, whether that is the whole of it refused.
    was_tried: bool = False
    is_failing: bool = False
    is_refused: bool = False


def state_of(facts: Facts) -> State:
    """Return what is true of one kind of data of one account.

    What is gone, and what is not there, cannot be covered by anybody; then a decision counts more than what came of
    it: whatever is left out is not read, however well it went before.
    """
    if facts.protection == _P.NOT_AVAILABLE:
        return State.GONE
    if facts.status == _S.NOT_AVAILABLE or (facts.is_without_mailbox and facts.status in ("", _S.NEVER)):
        return State.NOTHING_THERE
    if facts.protection == _P.SKIPPED:
        return State.FILTERED
    if facts.protection == _P.NOT_PROTECTED:
        return State.NOT_CHOSEN if facts.is_decided else State.NEVER_SEEN
    if not facts.is_switched_on:
        return State.SWITCHED_OFF
    if facts.is_refused or not facts.is_readable:
        return State.REFUSED
    return _outcome(facts)


def _outcome(facts: Facts) -> State:
    """Return what came of backing up what is chosen and may be read."""
    match facts.status:
        case _S.FAILED | _S.PARTIAL:
            return State.FAILING
        case _S.SUCCESS:
            return State.FAILING if facts.is_failing else State.PROTECTED
        case _S.ONBOARDING if facts.is_failing:
            return State.FIRST_FAILED
        case _:
            return State.FIRST if facts.was_tried else State.WAITING


def group_of(states: Collection[State]) -> Group:
    """Return how an account is covered by the states of all its kinds of data.

    One that has nothing to save is covered, for that is known. One of which nothing is saved anew is not covered at
    all, whatever was saved before.
    """
    if State.GONE in states:
        return Group.GONE
    real = [one for one in states if one != State.NOTHING_THERE]
    if all(one == State.PROTECTED for one in real):
        return Group.COVERED
    return Group.GAPS if any(one in _SAVED for one in real) else Group.NOT_COVERED
