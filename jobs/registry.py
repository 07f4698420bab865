"""Which function does which kind of work, in which queue; and what happens every minute."""

from collections.abc import Callable
from dataclasses import dataclass

QUEUES = ("control", "mail", "backup", "restore", "export", "webhook", "maintenance")


@dataclass(frozen=True)
class Kind:
    """One kind of work: ``work(subject_id, claim)`` does it, the queue says who, ``max_attempts`` when to give up."""

    work: Callable
    queue: str
    max_attempts: int


kinds: dict[str, Kind] = {}
minutely: list[Callable] = []


def job(kind: str, *, queue: str, max_attempts: int = 3) -> Callable:
    """Register the decorated function as the work of ``kind``.

    It is called with ``subject_id`` and a `jobs.claims.Claim`, may run twice or in parallel with itself, and must
    leave the same state as having run once. Raises ValueError for an unknown queue or a kind that is taken.
    """
    if queue not in QUEUES:
        raise ValueError(f"{queue!r} is no queue; there are {', '.join(QUEUES)}.")

    def register(work: Callable) -> Callable:
        if kind in kinds and kinds[kind].work.__module__ != work.__module__:
            raise ValueError(f"{kind!r} is registered already.")
        kinds[kind] = Kind(work, queue, max_attempts)
        return work

    return register


def each_minute(work: Callable) -> Callable:
    """Call the decorated function, without arguments, at every tick. It must be quick and repeatable."""
    minutely.append(work)
    return work
