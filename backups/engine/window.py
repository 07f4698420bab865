"""What is kept beside the versions of one commit: cursors, sightings, removals, failures, figures.

All of it is stored in the transaction of the commit it belongs to, so that none is ever ahead of the others.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F

from backups.engine.failures import close_failures, note_failure
from backups.engine.notes import Note
from backups.models import Container, ContainerFeed, Failure, Removal, RunContainer, Sighting
from jobs.claims import Claim

_BATCH = 1000


@dataclass
class Window:
    """Collects until the next commit saves it. ``pending`` are notes of objects that the vault does not tell yet,
    None for those that were removed.
    """

    container: Container
    run_container: RunContainer
    claim: Claim
    clock: Callable[[], datetime]
    requests: Callable[[], int]
    pending: dict[str, Note | None] = field(default_factory=dict)
    feeds: dict[int, ContainerFeed] = field(default_factory=dict)
    sightings: set[tuple[int, str]] = field(default_factory=set)
    removals: set[tuple[int, str]] = field(default_factory=set)
    failures: dict[str, dict] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)
    figures: Counter = field(default_factory=Counter)
    kept: Counter = field(default_factory=Counter)
    # Done last in the transaction; used by the end of a settling.
    also: list[Callable[[], None]] = field(default_factory=list)
    _asked: int = 0

    def __post_init__(self) -> None:
        self._asked = self.requests()

    def save(self) -> None:
        """Store everything in the transaction under way and begin anew. Raises `LeaseLost`."""
        now = self.clock()
        for feed in self.feeds.values():
            feed.save()
        rows = [Sighting(feed_id=feed, object_id=one) for feed, one in sorted(self.sightings)]
        Sighting.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
        gone = [Removal(feed_id=feed, object_id=one) for feed, one in sorted(self.removals)]
        Removal.objects.bulk_create(gone, ignore_conflicts=True, batch_size=_BATCH)
        if self.saved:
            gone = {one for one in self.saved if one in self.pending and self.pending[one] is None}
            close_failures(self.container, self.saved - gone - self.failures.keys(), now=now)
            close_failures(self.container, gone - self.failures.keys(), now=now, ending=Failure.Ending.GONE)
        for object_id, facts in self.failures.items():
            note_failure(self.container, object_id=object_id, now=now, **facts)
        self._count()
        for do in self.also:
            do()
        self.claim.renew()
        self._begin()

    def remember(self, feed: ContainerFeed) -> None:
        """Have a feed's row stored with the next commit."""
        self.feeds[feed.pk] = feed

    def _count(self) -> None:
        asked = self.requests()
        self.figures["requests"] += asked - self._asked
        self._asked = asked
        changes = {name: F(name) + value for name, value in self.figures.items() if value}
        if changes:
            RunContainer.objects.filter(pk=self.run_container.pk).update(**changes)
        kept = {name: F(name) + value for name, value in self.kept.items() if value}
        if kept:
            Container.objects.filter(pk=self.container.pk).update(**kept)

    def _begin(self) -> None:
        self.pending.clear()
        self.feeds.clear()
        for one in (self.sightings, self.removals, self.failures, self.saved, self.figures, self.kept, self.also):
            one.clear()
