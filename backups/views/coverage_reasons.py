"""Why one kind of data of one account is covered or not, in a sentence with its date."""

from dataclasses import dataclass
from datetime import datetime

from backups.engine.coverage import State
from backups.models import Container
from organizations.models import Item
from organizations.models.organization import ConnectionState
from organizations.views.figure_words import counted, moment_words
from organizations.views.item_rows import day_in_words

_SKIPS = dict(Item.Skip.choices)
_KINDS = dict(Container.Kind.choices)


@dataclass(frozen=True)
class Failing:
    """What open failures count against one container."""

    number: int
    since: datetime
    # What was said of the container as a whole, where all of it failed.
    message: str


@dataclass(frozen=True)
class Place:
    """One kind of data of one account, which was read with its connection."""

    item: Item
    kind: str
    state: State
    container: Container | None = None
    failing: Failing | None = None


def reason_of(place: Place, now: datetime) -> str:
    """Return why the state of a place is what it is, without a full stop."""
    item = place.item
    match place.state:
        case State.PROTECTED:
            return f"Saved {_last_good(place, now) or 'completely'}"
        case State.REFUSED:
            return _with_last(_refusal(place, now), place, now)
        case State.FAILING | State.FIRST_FAILED:
            return _with_last(_failing(place, now), place, now)
        case State.NEVER_SEEN:
            return f"Found on {day_in_words(item.first_seen_at, now)}, nobody decided yet"
        case State.WAITING:
            return "Chosen, and waits for its first backup"
        case State.FIRST:
            return "Its first backup is running"
        case State.NOT_CHOSEN | State.FILTERED | State.SWITCHED_OFF:
            return _with_last(_exclusion(place, now), place, now)
        case State.NOTHING_THERE:
            kept = place.container is not None and place.container.objects_kept
            return "Nothing there any more; what was saved is kept" if kept else "No licence, or nothing there to save"
        case State.GONE:
            since = f" since {day_in_words(item.gone_at, now)}" if item.gone_at else ""
            return f"Gone from the source{since}; {'what was saved is kept' if is_kept(place) else 'nothing was saved'}"


def is_kept(place: Place) -> bool:
    """Return whether something of it is in the vault."""
    return place.container is not None and (place.container.objects_kept > 0 or bool(place.container.last_good_at))


def _exclusion(place: Place, now: datetime) -> str:
    item = place.item
    if place.state == State.SWITCHED_OFF:
        return f"{_KINDS[place.kind]} is switched off under Settings, Services"
    if place.state == State.FILTERED:
        return f"Left out by the filter “{_SKIPS.get(item.skipped_as, 'skipped')}”"
    by = f" by {item.decided_by}" if item.decided_by else ""
    return f"Switched off{by}" + (f" on {day_in_words(item.decided_at, now)}" if item.decided_at else "")


def _refusal(place: Place, now: datetime) -> str:
    connection = place.item.connection
    if connection.state == ConnectionState.DISCONNECTED:
        since = f" on {day_in_words(connection.disconnected_at, now)}" if connection.disconnected_at else ""
        return f"The connection was ended{since}"
    if place.failing is not None and place.failing.message:
        return f"{_ended(place.failing.message)}, since {day_in_words(place.failing.since, now)}"
    since = f", since {day_in_words(connection.problem_at, now)}" if connection.problem_at else ""
    return f"{_ended(connection.problem) or f'{connection.get_service_display()} does not let us in'}{since}"


def _failing(place: Place, now: datetime) -> str:
    failing = place.failing
    if failing is None:
        problem = place.container.problem if place.container is not None else ""
        return _ended(problem) or "The newest backup did not end well"
    since = f"since {day_in_words(failing.since, now)}"
    if failing.message:
        return f"{_ended(failing.message)}, {since}"
    return f"{counted(failing.number, 'object')} could not be saved, {since}"


def _with_last(words: str, place: Place, now: datetime) -> str:
    last = _last_good(place, now)
    return f"{words}; saved completely {last}" if last else words


def _last_good(place: Place, now: datetime) -> str:
    return moment_words(place.container.last_good_at, now) if place.container is not None else ""


def _ended(sentence: str) -> str:
    return sentence.strip().removesuffix(".")
