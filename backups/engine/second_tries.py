"""Looking again at what could not be saved in earlier passes, one object at a time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from backups.connectors.base import ConnectorError, NotThere
from backups.connectors.contract import Feed
from backups.engine.failures import POISONED, reason_of
from backups.engine.fetching import concerns_more_than_one
from backups.engine.notes import FEED, external_id
from backups.engine.taking import Taker
from backups.models import Container, Failure


@dataclass
class SecondTries:
    """The failures of a container; ``feeds`` are those the source has now. ``take_in_hand`` is told of each object
    before it is fetched, if somebody wants to know.
    """

    taker: Taker
    container: Container
    feeds: dict[str, Feed]
    take_in_hand: Callable[[str], None] | None = None

    def make(self, began_at: datetime, now: datetime, poison: Collection[str] = ()) -> None:
        """Try what is due at ``now`` and was not met since ``began_at``; leave out what has just stopped workers."""
        due = Failure.objects.filter(
            container=self.container, closed_at=None, next_try_at__lte=now, last_seen_at__lt=began_at
        )
        for failure in list(due.exclude(object_id="").exclude(feed=None).select_related("feed")):
            feed = self.feeds.get(failure.feed.key)
            if feed is None or failure.object_id.startswith(external_id(FEED, "")):
                continue
            if failure.object_id in poison:
                self._note(failure, Failure.Reason.POISON, POISONED)
                continue
            if self.take_in_hand is not None:
                self.take_in_hand(failure.object_id)
            self._look(failure, feed)

    def _look(self, failure: Failure, feed: Feed) -> None:
        taker = self.taker
        try:
            found = taker.connector.look(taker.source, feed, failure.object_id)
        except NotThere:
            taker.window.saved.add(failure.object_id)
            taker.window.removals.add((failure.feed_id, failure.object_id))
            return
        except ConnectorError as problem:
            if concerns_more_than_one(problem):
                raise
            self._note(failure, reason_of(problem), str(problem), code=problem.code, request_id=problem.request_id)
            return
        note = taker.notes([found.id]).get(found.id)
        taker.keep(failure.feed, feed, taker.fetcher.fetch_one(feed, found, note.tags if note else {}), note)

    def _note(self, failure: Failure, reason: str, message: str, **facts) -> None:
        facts |= {"feed": failure.feed, "name": failure.name, "part": failure.part}
        self.taker.window.failures[failure.object_id] = {"reason": reason, "message": message, **facts}
        self.taker.window.figures["failed"] += 1
