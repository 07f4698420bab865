"""What a delta feed of a mailbox tells of."""

from collections import defaultdict
from uuid import UUID

from django.db.models import Q, QuerySet

from simulators.microsoft365.outlook.graph.naming import Naming
from simulators.microsoft365.outlook.ids import Sort
from simulators.microsoft365.outlook.models import Line, Mailbox

Op = Line.Operation


class Feed:
    """The objects of one list: how to find them, and how each is shown or taken away."""

    context: str
    sort: Sort
    default_page = 10
    highest_page = 1000
    # The options of the first request that hold for the whole round.
    options: tuple[str, ...] = ("$select",)

    def __init__(self, mailbox: Mailbox, naming: Naming, feed_id: UUID, *more: UUID) -> None:
        self.mailbox, self.naming, self.feed_id = mailbox, naming, feed_id
        # Lines of several logs may be told as one.
        self.feed_ids = (feed_id, *more)
        # A mood: of an update only "at least the properties that have been updated" are told.
        self.tells_halves = False

    @property
    def name(self) -> str:
        """What tells its links from those of other feeds."""
        return f"{type(self).__name__}/{self.feed_id}"

    def check(self, options: dict[str, str]) -> None:
        """Raise `GraphError` for options that make no sense."""
        raise NotImplementedError

    def live(self, options: dict[str, str]) -> QuerySet:
        """What is in the list now; its rows have `entered_seq`."""
        raise NotImplementedError

    def show(self, row, options: dict[str, str]) -> list[dict]:
        """Return the entries for something that is there."""
        raise NotImplementedError

    def gone(self, line: Line) -> list[dict]:
        """Return the entries for something that is not there any more."""
        return [{"id": self.naming.gone(self.sort, line.object_id, line.place), "@removed": {"reason": "deleted"}}]

    def snapshot(self, position, size: int) -> tuple[list[dict], str]:
        """Return a page of a first round, and the last row of it if there are more."""
        rows = self.live(position.options).filter(self.entered_by(position.upto)).order_by("pk")
        page = list((rows.filter(pk__gt=position.after) if position.after else rows)[: size + 1])
        entries = [entry for row in page[:size] for entry in self.show(row, position.options)]
        return entries, str(page[size - 1].pk) if len(page) > size else ""

    def entered_by(self, number: int) -> Q:
        """Those that were in the list when line ``number`` was the last."""
        return Q(entered_seq__lte=number)

    def changes(self, position, size: int) -> tuple[list[dict], str]:
        """Return a page of a later round, and the last line of it if there are more."""
        lines = Line.objects.filter(feed_id__in=self.feed_ids)
        lasts = lines.last_of_each(upto=position.upto).filter(id__gt=int(position.after)).order_by("id")
        page = list(lasts[: size + 1])
        told = page[:size]
        ids = [line.object_id for line in told]
        present = {row.pk: row for row in self.live(position.options).filter(pk__in=ids)}
        stories = self._stories(lines, position, ids)
        entries = []
        for line in told:
            entries += self._entries(line, present.get(line.object_id), position, stories[line.object_id])
        return entries, str(told[-1].id) if len(page) > size else ""

    def half(self, row) -> dict | None:
        """Return only what changed of something whose read state changed, where the kind has one."""
        return None

    def _entries(self, line: Line, row, position, story: list[str]) -> list[dict]:
        wanted = position.options.get("changeType", "")
        # What came and left within the round was never told of.
        is_newcomer = story[:1] == [Op.CAME]
        if row is None:
            is_told = line.operation == Op.LEFT and not is_newcomer and wanted in ("", "deleted")
            return self.gone(line) if is_told else []
        if wanted not in ("", "created" if is_newcomer else "updated"):
            return []
        half = self.half(row) if self.tells_halves and set(story) == {Op.READ} else None
        return [half] if half else self.show(row, position.options)

    def _stories(self, lines: QuerySet, position, ids: list[UUID]) -> dict[UUID, list[str]]:
        """Return what happened to objects since this round's client saw the list last."""
        stories = defaultdict(list)
        for line in lines.filter(object_id__in=ids, id__gt=position.known_upto, id__lte=position.upto).order_by("id"):
            stories[line.object_id].append(line.operation)
        return stories
