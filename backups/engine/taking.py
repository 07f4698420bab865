"""Taking objects into the vault: what is kept already is left alone, what is new is fetched, what fails is noted."""

from collections.abc import Iterator

from backups.connectors.base import ConnectorError, DamagedOnTheWay
from backups.connectors.contract import Connector, Feed, Part, Remove, Source, Upsert
from backups.engine.failures import POISONED, reason_of
from backups.engine.fetching import TRIES, Fetched, Fetcher, concerns_more_than_one, is_gone
from backups.engine.notes import RECORD, Note, canonical, external_id, read_note
from backups.engine.window import Window
from backups.models import ContainerFeed, Failure
from backups.vault import ids, lookups
from backups.vault.errors import Unacceptable
from backups.vault.writer import Writer


class Counted:
    """A stream that knows how much of it was read."""

    def __init__(self, stream) -> None:
        self.stream, self.size = stream, 0

    def read(self, length: int) -> bytes:
        piece = self.stream.read(length)
        self.size += len(piece)
        return piece


class Taker:
    """Takes the objects of one container, for one slice."""

    def __init__(self, connector: Connector, source: Source, writer: Writer, window: Window, fetcher: Fetcher) -> None:
        self.connector, self.source, self.writer = connector, source, writer
        self.window, self.fetcher = window, fetcher
        self.account = window.container.account

    def take(self, row: ContainerFeed, feed: Feed, changes: list[Upsert | Remove]) -> None:
        """Take what a feed told; of an object told twice the last word counts. Raises what ends the slice."""
        last = {change.id: change for change in changes}
        upserts = {one.id: one for one in last.values() if isinstance(one, Upsert)}
        self.window.removals |= {(row.pk, one) for one in last.keys() - upserts.keys()}
        self.window.removals -= {(row.pk, one) for one in upserts}
        if row.is_listing:
            self.window.sightings |= {(row.pk, one) for one in upserts}
        known = self.notes(list(upserts))
        wanted = []
        for object_id, found in upserts.items():
            note = known.get(object_id)
            if note is not None and (note.tag, note.feed, note.parent) == (found.tag, row.key, found.parent):
                self.window.figures["unchanged"] += 1
            else:
                wanted.append((found, note.tags if note else {}))
        for fetched in self.fetcher.fetch(feed, wanted):
            self.keep(row, feed, fetched, known.get(fetched.found.id))

    def notes(self, object_ids: list[str]) -> dict[str, Note]:
        """Return the notes of those objects that are kept, as they will stand after the next commit."""
        vault, pending = self.writer.vault, self.window.pending
        by_id = {
            ids.object_id(vault.keys.object_key, self.account, external_id(RECORD, one)): one
            for one in object_ids
            if one not in pending
        }
        rows = lookups.current_versions(vault.organization, by_id)
        found = {by_id[one]: read_note(row.meta) for one, row in rows.items()}
        return found | {one: pending[one] for one in object_ids if pending.get(one) is not None}

    def keep(self, row: ContainerFeed, feed: Feed, fetched: Fetched, note: Note | None) -> None:
        """Put what was fetched of an object into the vault, and note what was not."""
        found, problem = fetched.found, fetched.problem
        if problem is not None and is_gone(problem):
            # It left meanwhile; its feed tells so, or the next listing does not see it.
            return
        if problem is not None and not found.is_whole:
            self.fail(row, found, problem, fetched.part)
            return
        try:
            parts, broken = self._put_parts(feed, fetched, note)
            self._put_record(row, found, note, parts)
        except Unacceptable as refusal:
            self._fail(row, found, Failure.Reason.ODD, str(refusal))
            return
        problem = problem or broken
        if problem is not None:
            self.fail(row, found, problem, fetched.part)
        else:
            self.window.saved.add(found.id)

    def remove(self, object_id: str, note: Note) -> None:
        """End an object: the source does not have it any more. Its versions so far stay."""
        self._go_on()
        for name in note.parts:
            self.writer.delete(self.account, external_id(name, object_id))
        self.writer.delete(self.account, external_id(RECORD, object_id))
        self.window.pending[object_id] = None
        self.window.saved.add(object_id)
        self.window.figures["removed"] += 1
        self.window.kept["objects_kept"] -= 1
        self.window.kept["bytes_kept"] -= note.whole_size

    def fail(self, row: ContainerFeed, found: Upsert, problem: ConnectorError, part: str = "") -> None:
        """Note an object that could not be saved; the others go on."""
        code, request_id = problem.code, problem.request_id
        self._fail(row, found, reason_of(problem), str(problem), part=part, code=code, request_id=request_id)

    def leave_out(self, row: ContainerFeed, change: Upsert | Remove, *, is_new: bool) -> None:
        """Leave out an object that stopped workers; everything else goes on."""
        if isinstance(change, Remove):
            self.window.removals.add((row.pk, change.id))
            return
        if row.is_listing:
            self.window.sightings.add((row.pk, change.id))
        if is_new:
            self._fail(row, change, Failure.Reason.POISON, POISONED)
        else:
            self.window.figures["failed"] += 1

    def _fail(self, row: ContainerFeed, found: Upsert, reason: str, message: str, **facts) -> None:
        name = str(found.facts.get("name") or "")
        self.window.failures[found.id] = {"feed": row, "reason": reason, "message": message, "name": name, **facts}
        self.window.figures["failed"] += 1

    def _put_parts(
        self, feed: Feed, fetched: Fetched, note: Note | None
    ) -> tuple[dict[str, tuple[str, int]], ConnectorError | None]:
        """Put the parts that are new; return those that are kept then, and what one of them ended with."""
        found, broken = fetched.found, None
        kept = dict(note.parts) if note else {}
        for part in found.parts:
            if part.name not in fetched.contents:
                continue
            self._go_on()
            name, content = external_id(part.name, found.id), fetched.contents[part.name]
            if content is not None:
                self.writer.put(self.account, name, content)
                size = len(content)
            else:
                try:
                    size = self._stream(feed, found, part, name)
                except ConnectorError as problem:
                    if concerns_more_than_one(problem):
                        raise
                    broken, fetched.part = problem, part.name
                    continue
            kept[part.name] = (part.tag, size)
            self.window.figures["bytes_read"] += size
        for name in kept.keys() - {part.name for part in found.parts}:
            self.writer.delete(self.account, external_id(name, found.id))
            del kept[name]
        return kept, broken

    def _stream(self, feed: Feed, found: Upsert, part: Part, name: str) -> int:
        for tries in range(1, TRIES + 1):
            try:
                with self.connector.open(self.source, feed, found, part) as stream:
                    counted = Counted(stream)
                    self.writer.put(self.account, name, counted)
                return counted.size
            except DamagedOnTheWay:
                if tries == TRIES:
                    raise
        raise AssertionError("unreachable")

    def _put_record(self, row: ContainerFeed, found: Upsert, note: Note | None, parts: dict) -> None:
        content = canonical(found.record)
        new = Note(found.tag, row.key, found.parent, parts, len(content), found.facts)
        if new == note:
            # A second try that was refused like the one before.
            self.window.figures["unchanged"] += 1
            return
        self._go_on()
        self.writer.put(self.account, external_id(RECORD, found.id), content, new.as_bytes())
        self.window.pending[found.id] = new
        self.window.figures["changed" if note else "added"] += 1
        self.window.kept["objects_kept"] += 0 if note else 1
        self.window.kept["bytes_kept"] += new.whole_size - (note.whole_size if note else 0)

    def _go_on(self) -> None:
        # A commit may happen at any of the writer's calls; whichever it is, it takes the window along.
        self.writer.cursor(self.window.save)


def records_of(writer: Writer, account: str) -> Iterator[tuple[str, Note]]:
    """Yield (object id, note) of every object of an account that is kept, a few hundred in memory at a time."""
    for row in lookups.objects_of(writer.vault.organization, account):
        name, _, object_id = row.external_id.partition("/")
        if name == RECORD:
            yield object_id, read_note(row.version.meta)
