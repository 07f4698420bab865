"""One pass over one kind of data of one item: feed by feed from where the last one stopped, then settled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from backups.connectors.base import ConnectorError, CursorExpired, ForeignAddress
from backups.connectors.contract import Checkpoint, Connector, Feed, Source
from backups.engine.failures import reason_of
from backups.engine.fetching import Fetcher, concerns_more_than_one
from backups.engine.notes import FEED, canonical, external_id
from backups.engine.second_tries import SecondTries
from backups.engine.settling import Settlement
from backups.engine.taking import Taker
from backups.engine.window import Window
from backups.models import Container, ContainerFeed, RunContainer
from backups.vault.vault import Vault
from backups.vault.writer import Writer
from jobs.claims import Claim

# Progress is seen, and a killed worker's work is kept, up to the last commit.
COMMIT_SECONDS = 20
# Objects that are compared and fetched together; a page of a provider holds at most about so many.
_BATCH = 200
# Everything is listed afresh this often, spread over the week by the feed.
LISTED_EVERY = timedelta(days=7)
_SHIFTS = 48


class SliceOver(Exception):
    """This slice has lasted long enough; everything it copied is kept."""


class Cancelled(Exception):
    """Somebody called the run off; everything copied so far is kept."""


@dataclass(frozen=True)
class Surroundings:
    """What a pass works with. ``check`` raises when the slice is over or the run was called off; it is called between
    two steps.
    """

    vault: Vault
    claim: Claim
    clock: Callable[[], datetime]
    requests: Callable[[], int]
    check: Callable[[], None]
    # Objects that stopped workers and are left out; the new ones are not noted as failures yet.
    poison: frozenset[str] = frozenset()
    new_poison: frozenset[str] = frozenset()
    # Told of each object before it is fetched. Only set after a worker died here.
    take_in_hand: Callable[[str], None] | None = None


class Pass:
    """One pass, or what is left of it when an earlier slice began it."""

    def __init__(self, connector: Connector, source: Source, run_container: RunContainer, around: Surroundings) -> None:
        self.connector, self.source, self.around = connector, source, around
        self.run_container, self.container = run_container, run_container.container
        self.window = Window(self.container, run_container, around.claim, around.clock, around.requests)

    def run(self) -> None:
        """Read every feed and settle. What was done is stored whatever happens; raises what ends the slice, and
        `ConnectorError` where the feeds themselves cannot be read.
        """
        feeds = {feed.id: feed for feed in self.connector.feeds(self.source)}
        rows, gone = self._rows(feeds)
        with Fetcher(self.connector, self.source) as fetcher, self._writer() as writer:
            taker = Taker(self.connector, self.source, writer, self.window, fetcher)
            try:
                self._describe(writer, feeds)
                for done, row in enumerate(rows):
                    self._progress(row.name, done, len(rows))
                    self._read_or_note(taker, row, feeds[row.key])
                self._progress("", len(rows), len(rows))
                self._settle(taker, feeds, gone)
            except (SliceOver, Cancelled, ConnectorError):
                # What was copied so far counts; the next slice finds it.
                writer.cursor(self.window.save)
                writer.commit()
                raise

    def _settle(self, taker: Taker, feeds: dict[str, Feed], gone: list[ContainerFeed]) -> None:
        self._note(state=RunContainer.State.SETTLING)
        around, began_at = self.around, self.run_container.started_at
        tries = SecondTries(taker, self.container, feeds, around.take_in_hand)
        tries.make(began_at, around.clock(), around.new_poison)
        Settlement(taker, self.container, gone, began_at, around.clock()).settle()

    def _writer(self) -> Writer:
        return Writer(self.around.vault, now=self.around.clock, commit_seconds=COMMIT_SECONDS)

    def _rows(self, feeds: dict[str, Feed]) -> tuple[list[ContainerFeed], list[ContainerFeed]]:
        """Return the rows of the feeds there are, made where missing, and of those that are gone."""
        rows = {row.key: row for row in self.container.feeds.all()}
        for key, feed in feeds.items():
            row = rows.get(key) or ContainerFeed(container=self.container, key=key)
            facts = {"name": feed.name[:400], "type": feed.type[:20], "parent_key": feed.parent, "gone_at": None}
            if row.pk is None or any(getattr(row, name) != value for name, value in facts.items()):
                for name, value in facts.items():
                    setattr(row, name, value)
                row.save()
            rows[key] = row
        gone = [row for key, row in rows.items() if key not in feeds and row.gone_at is None]
        return [rows[key] for key in feeds], [row for row in gone if not _is_below_closed(row, rows, feeds)]

    def _describe(self, writer: Writer, feeds: dict[str, Feed]) -> None:
        for feed in feeds.values():
            words = {"name": feed.name, "type": feed.type, "parent": feed.parent, "record": feed.record}
            writer.put(self.container.account, external_id(FEED, feed.id), canonical(words))

    def _read_or_note(self, taker: Taker, row: ContainerFeed, feed: Feed) -> None:
        """Read one feed, if it is due; one that cannot be read does not keep the others from being read."""
        if not self._is_due(row, feed):
            return
        failure_id = external_id(FEED, row.key)
        try:
            self._read(taker, row, feed)
        except ConnectorError as problem:
            if concerns_more_than_one(problem):
                raise
            if isinstance(problem, ForeignAddress):
                # A cursor that leads astray would do so for ever.
                self._begin_listing(row)
            facts = {"reason": reason_of(problem), "message": str(problem), "name": row.name, "code": problem.code}
            self.window.failures[failure_id] = facts | {"request_id": problem.request_id}
            self.window.figures["failed"] += 1
        else:
            self.window.saved.add(failure_id)

    def _read(self, taker: Taker, row: ContainerFeed, feed: Feed) -> None:
        if row.listed_at and not row.is_listing and self.around.clock() - row.listed_at >= LISTED_EVERY - _shift(row):
            self._begin_listing(row)
        try:
            self._follow(taker, row, feed)
        except CursorExpired:
            # Everything is listed again; what has not changed is not fetched again.
            self._begin_listing(row)
            self._follow(taker, row, feed)

    def _follow(self, taker: Taker, row: ContainerFeed, feed: Feed) -> None:
        waiting: list = []
        for change in self.connector.changes(self.source, feed, row.cursor):
            if not isinstance(change, Checkpoint):
                waiting.append(change)
                if len(waiting) >= _BATCH:
                    self._take(taker, row, feed, waiting)
                continue
            self._take(taker, row, feed, waiting)
            self._close(row, change)
            taker.writer.cursor(self.window.save)

    def _take(self, taker: Taker, row: ContainerFeed, feed: Feed, waiting: list) -> None:
        around = self.around
        left_out = around.poison | around.new_poison
        for change in [one for one in waiting if one.id in left_out]:
            taker.leave_out(row, change, is_new=change.id in around.new_poison)
        rest = [one for one in waiting if one.id not in left_out]
        if around.take_in_hand is None:
            taker.take(row, feed, rest)
        else:
            for change in rest:
                around.take_in_hand(change.id)
                taker.take(row, feed, [change])
        waiting.clear()
        around.check()

    def _close(self, row: ContainerFeed, checkpoint: Checkpoint) -> None:
        """Move a feed's row to where its reading stands."""
        row.cursor = checkpoint.cursor
        if checkpoint.is_end:
            now = self.around.clock()
            row.read_at = now
            if row.is_listing:
                row.listed_at = now
            row.is_listing = not checkpoint.cursor
        self.window.remember(row)

    def _begin_listing(self, row: ContainerFeed) -> None:
        row.cursor, row.is_listing, row.round = "", True, row.round + 1
        self.window.sightings = {one for one in self.window.sightings if one[0] != row.pk}
        row.sightings.all().delete()
        row.save()

    def _is_due(self, row: ContainerFeed, feed: Feed) -> bool:
        began_at = self.run_container.started_at
        if row.read_at is None:
            return True
        if row.read_at >= began_at:
            # By an earlier slice of this pass.
            return False
        return not feed.seldom or self.around.clock() - row.read_at >= timedelta(seconds=feed.seldom)

    def _progress(self, current: str, done: int, total: int) -> None:
        self._note(current=current[:400], feeds_done=done, feeds_total=total)

    def _note(self, **values) -> None:
        # Not in what has ended: this may be a worker that wakes up late.
        RunContainer.objects.filter(pk=self.run_container.pk, ended_at=None).update(**values)


def begin_pass(run_container: RunContainer, *, now: datetime) -> None:
    """Note that a pass goes on, and that it began if it had not."""
    if run_container.started_at is None:
        run_container.started_at = now
    run_container.state = RunContainer.State.READING
    run_container.save(update_fields=["started_at", "state"])
    Container.objects.filter(pk=run_container.container_id).update(last_tried_at=now)


def _is_below_closed(row: ContainerFeed, rows: dict[str, ContainerFeed], feeds: dict[str, Feed]) -> bool:
    """Return whether a feed lies below one that does not tell what lies below it now."""
    passed: set[str] = set()
    key = row.parent_key
    while key in rows and key not in passed:
        if key in feeds and feeds[key].is_closed:
            return True
        passed.add(key)
        key = rows[key].parent_key
    return False


def _shift(row: ContainerFeed) -> timedelta:
    return timedelta(hours=crc32(row.key.encode()) % _SHIFTS)
