"""Settling a container once all its feeds were read: what left the source is ended.

Nothing is ended because one feed said so: only now is it known whether the object turned up in another feed. A listing
that suddenly lacks much is not believed until a later one, a day afterwards, says the same. Whatever is ended, its
versions so far stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from backups.engine.failures import close_failures, note_failure
from backups.engine.notes import FEED, Note, external_id
from backups.engine.taking import Taker, records_of
from backups.models import Container, ContainerFeed, Failure, Removal, Sighting

# A listing may lack so many objects, or this share of what is kept, without making us doubt it.
DOUBT_OBJECTS, DOUBT_SHARE = 20, 0.2
# So many are few enough to be all there was.
FEW = 3
DOUBT_FOR = timedelta(hours=24)
_BATCH = 500


@dataclass
class Settlement:
    """What one container's feeds said; ``gone`` are those that the source does not have any more."""

    taker: Taker
    container: Container
    gone: list[ContainerFeed]
    began_at: datetime
    now: datetime

    def settle(self) -> bool:
        """Do all of it; return whether what the listings lacked was believed."""
        self.taker.writer.settle()
        self.taker.writer.cursor(self.taker.window.save)
        self.taker.writer.commit()
        missing = self._missing()
        is_believed = not self._is_doubtful(missing)
        if is_believed:
            self._end(missing)
        self._end(self._told_as_removed())
        self._forget(is_believed)
        return is_believed

    def _missing(self) -> dict[str, Note]:
        """Return what whole listings of this pass did not see, and what lay in feeds that are gone."""
        listed = {row.key: row.pk for row in self._listed()}
        gone = {row.key for row in self.gone}
        if not listed and not gone:
            return {}
        missing: dict[str, Note] = {}
        records = records_of(self.taker.writer, self.container.account)
        mine = ((one, note) for one, note in records if note.feed in listed or note.feed in gone)
        while batch := list(islice(mine, _BATCH)):
            seen = set(
                Sighting.objects.filter(
                    feed_id__in=listed.values(), object_id__in=[object_id for object_id, _ in batch]
                ).values_list("object_id", flat=True)
            )
            # There may be many: without what people search by, a note is small.
            missing |= {one: _short(note) for one, note in batch if one not in seen}
        return missing

    def _listed(self) -> list[ContainerFeed]:
        return list(self.container.feeds.live().filter(listed_at__gte=self.began_at))

    def _is_doubtful(self, missing: dict[str, Note]) -> bool:
        kept = Container.objects.values_list("objects_kept", flat=True).get(pk=self.container.pk)
        is_much = len(missing) > DOUBT_OBJECTS and len(missing) > DOUBT_SHARE * kept
        is_all = len(missing) > FEW and len(missing) >= kept
        if not is_much and not is_all:
            return False
        of_all = Failure.objects.filter(container=self.container, object_id="", closed_at=None)
        # Another trouble of the whole container is over, and is no older word for the same.
        of_all.exclude(reason=Failure.Reason.SHRUNK).update(closed_at=self.now)
        first = of_all.values_list("first_seen_at", flat=True).first()
        if first is not None and self.now - first >= DOUBT_FOR:
            return False
        note_failure(
            self.container,
            object_id="",
            reason=Failure.Reason.SHRUNK,
            message=(
                f"The source lists {len(missing):,} objects fewer than before, of {kept:,}. They are kept as they were;"
                " if the source still says so in a day, they count as removed there."
            ),
            now=self.now,
        )
        return True

    def _told_as_removed(self) -> dict[str, Note]:
        """Return the objects whose feed said that it has them no more and that no other feed has."""
        removed: dict[str, Note] = {}
        rows = Removal.objects.filter(feed__container=self.container).values_list("object_id", "feed__key").iterator()
        while batch := list(islice(rows, _BATCH)):
            notes = self.taker.notes([object_id for object_id, _ in batch])
            removed |= {one: notes[one] for one, key in batch if one in notes and notes[one].feed == key}
        return removed

    def _end(self, doomed: dict[str, Note]) -> None:
        if any(note.facts.get("is_folder") for note in doomed.values()):
            doomed = doomed | self._below(doomed)
        for object_id, note in doomed.items():
            # It may have been ended as a child already.
            if self.taker.window.pending.get(object_id, note) is not None:
                self.taker.remove(object_id, note)

    def _below(self, doomed: dict[str, Note]) -> dict[str, Note]:
        """Return everything in removed folders, however deep: the source tells of the folder only."""
        folders = {one for one, note in doomed.items() if note.facts.get("is_folder")}
        parents = {one: note.parent for one, note in self._records() if note.facts.get("is_folder")}
        grown = True
        while grown:
            more = {one for one, parent in parents.items() if parent in folders and one not in folders}
            folders |= more
            grown = bool(more)
        return {one: _short(note) for one, note in self._records() if note.parent in folders and one not in doomed}

    def _records(self) -> Iterator[tuple[str, Note]]:
        return records_of(self.taker.writer, self.container.account)

    def _forget(self, is_believed: bool) -> None:
        """Forget what was remembered for this settling, in the commit that carries it out."""
        container, gone, now = self.container, [row.pk for row in self.gone], self.now
        listed = [row.pk for row in self._listed()]

        def forget() -> None:
            Removal.objects.filter(feed__container=container).delete()
            Sighting.objects.filter(feed__in=listed).delete()
            if not is_believed:
                # Listed again by the next pass, to see whether it still lacks so much.
                ContainerFeed.objects.filter(pk__in=listed).update(sealed_cursor="", is_listing=True)
                return
            close_failures(container, [""], now=now)
            ContainerFeed.objects.filter(pk__in=gone).update(gone_at=now, sealed_cursor="", is_listing=True)

        for row in self.gone if is_believed else ():
            self.taker.writer.delete(container.account, external_id(FEED, row.key))
        self.taker.window.also.append(forget)
        self.taker.writer.cursor(self.taker.window.save)
        self.taker.writer.commit()


def _short(note: Note) -> Note:
    return replace(note, facts={"is_folder": True} if note.facts.get("is_folder") else {})
