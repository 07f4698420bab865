"""Writes into drives, lists and pages, with a line in the log for whatever a feed tells of."""

from datetime import datetime
from itertools import count
from uuid import UUID

from simulators.microsoft365.drives.content.reading import STORED, Written
from simulators.microsoft365.drives.generator.authors import Author, authors_of, signed
from simulators.microsoft365.drives.models import Drive, Line, Node, Stored, Version
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Tenant

Op = Line.Operation


class Book:
    """One feed's writer. Whoever uses it holds the tenant's row."""

    def __init__(self, tenant: Tenant, now: datetime, feed_id: UUID) -> None:
        self.tenant, self.now, self.feed_id = tenant, now.replace(microsecond=0), feed_id
        self.at = now

    def new_id(self, what: str = "made") -> UUID:
        """Return an id for something new; the same history makes the same ids."""
        return derived_id(self.feed_id, what, Line.objects.filter(feed_id=self.feed_id).count() + 1)

    def record(self, object_id: UUID, operation: Op) -> int:
        """Append one line and return its number."""
        return Line.objects.create(
            tenant=self.tenant, feed_id=self.feed_id, object_id=object_id, operation=operation, at=self.at
        ).id


class DriveBook(Book):
    """The writer of one drive."""

    def __init__(self, drive: Drive, now: datetime, author: Author | None = None) -> None:
        super().__init__(drive.tenant, now, drive.id)
        self.drive = drive
        self.author = author or authors_of(drive.web.site)[0]

    def create(self, parent: Node, name: str, kind: Node.Kind, **facts) -> Node:
        """Add a file without content, a folder or a package."""
        moments = ("created_at", "modified_at", "file_created_at", "file_modified_at", "written_at")
        node = Node(
            id=self.new_id(),
            drive=self.drive,
            parent_id=parent.id,
            kind=kind,
            name=name,
            **(dict.fromkeys(moments, self.now) | signed(self.author) | facts),
        )
        node.created_seq = self.record(node.id, Op.CREATED)
        node.save(force_insert=True)
        return node

    def create_file(self, parent: Node, name: str, recipe: str, data: bytes | None = None, **facts) -> Node:
        """Add a file; with ``data``, of these bytes."""
        node = self.create(parent, name, Node.Kind.FILE, **facts)
        self._fill(node, recipe, data)
        node.save()
        return node

    def write(self, node: Node, recipe: str, data: bytes | None = None) -> None:
        """Give a file new content; what it was is kept as a version."""
        Version.of(node).save(force_insert=True)
        node.edition += 1
        self._fill(node, recipe, data)
        node.written_at = node.file_modified_at = self.now
        self.change(node)

    def change(self, node: Node, **values) -> None:
        """Save a node, with some fields set."""
        for name, value in values.items():
            setattr(node, name, value)
        node.revision += 1
        node.modified_at = self.now
        node.editor_id, node.editor_name = self.author.id, self.author.name
        node.save()
        self.record(node.id, Op.CHANGED)

    def remove(self, node: Node) -> None:
        """Put a node into the bin, with all that lies below; only the node itself is told."""
        below = [one.id for one in Node.objects.live().below(node)]
        Node.objects.filter(id__in=[node.id, *below]).update(deleted_at=self.at)
        node.deleted_at = self.at
        self.record(node.id, Op.DELETED)

    def restore(self, node: Node) -> None:
        """Take a node out of the bin with what went there with it; all of that is told."""
        gone_together = Node.objects.filter(deleted_at=node.deleted_at)
        for one in [node, *gone_together.below(node)]:
            one.deleted_at = None
            one.save(update_fields=["deleted_at"])
            self.record(one.id, Op.CHANGED)

    def _fill(self, node: Node, recipe: str, data: bytes | None) -> None:
        node.recipe = recipe
        if data is not None:
            node.recipe = STORED
            Stored.objects.create(node=node, edition=node.edition, data=data)
        node.size, node.quick_xor_hash = Written(node.id, node.edition, node.recipe).measure()


def free_id(model, *parts: object) -> UUID:
    """Return the first id that belongs to ``parts`` and a number and is nobody's yet."""
    numbers = (derived_id(*parts, number) for number in count(1))
    return next(one for one in numbers if not model.objects.filter(id=one).exists())


def name_is_taken(parent_id: UUID, name: str, *, but: UUID | None = None) -> bool:
    """Return whether a folder holds something of this name, blind to case."""
    return Node.objects.live().filter(parent_id=parent_id, name__iexact=name).exclude(id=but).exists()
