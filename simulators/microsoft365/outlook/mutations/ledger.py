"""One writer at a time per mailbox, and a line in its log for everything it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from simulators.microsoft365.clock import clock
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.outlook.models import Folder, Item, Line, Mailbox

Op = Line.Operation


class MailboxLedger:
    """Writes to one mailbox whose row is held until the end of the transaction."""

    def __init__(self, mailbox: Mailbox, now: datetime) -> None:
        self.mailbox, self.now = mailbox, now.replace(microsecond=0)

    def new_id(self, what: str) -> UUID:
        """Return an id for something new; the same history makes the same ids."""
        self.mailbox.made += 1
        self.mailbox.save(update_fields=["made"])
        return derived_id(self.mailbox.id, "made", what, self.mailbox.made)

    def create(self, kind: str, folder_id: UUID, **facts) -> Item:
        """Create an item in a folder."""
        item_id = facts.pop("id", None) or self.new_id(kind)
        defaults = {"created_at": self.now, "modified_at": self.now}
        item = Item(id=item_id, mailbox=self.mailbox, kind=kind, folder_id=folder_id, **(defaults | facts))
        item.entered_seq = self._line(folder_id, item.id, Op.CAME)
        item.save(force_insert=True)
        return item

    def change(self, item: Item, *, rewrites: bool = False, **values) -> None:
        """Set fields of an item; ``rewrites`` says that its content is another one now."""
        for name, value in values.items():
            setattr(item, name, value)
        item.revision += 1
        item.edition += rewrites
        item.modified_at = self.now
        item.save()
        self._line(item.folder_id, item.id, Op.READ if set(values) == {"is_read"} else Op.CHANGED)

    def move(self, item: Item, folder_id: UUID) -> None:
        """Move an item to another folder: it leaves the one and comes into the other."""
        self._line(item.folder_id, item.id, Op.LEFT, item.place)
        item.folder_id, item.place, item.revision = folder_id, item.place + 1, item.revision + 1
        item.modified_at = self.now
        item.entered_seq = self._line(folder_id, item.id, Op.CAME)
        item.save()

    def remove(self, item: Item) -> None:
        """Remove an item for good."""
        self._line(item.folder_id, item.id, Op.LEFT, item.place)
        item.deleted_at = self.now
        item.save(update_fields=["deleted_at"])

    def create_folder(self, kind: str, name: str, parent_id: UUID | None, **facts) -> Folder:
        """Create a folder or a calendar."""
        folder_id = facts.pop("id", None) or self.new_id("folder")
        folder = Folder(id=folder_id, mailbox=self.mailbox, kind=kind, name=name, parent_id=parent_id, **facts)
        folder.created_seq = self._line(folders_feed_id(self.mailbox, kind), folder.id, Op.CAME)
        folder.save(force_insert=True)
        return folder

    def change_folder(self, folder: Folder, **values) -> None:
        """Set fields of a folder."""
        for name, value in values.items():
            setattr(folder, name, value)
        folder.revision += 1
        folder.save()
        self._line(folders_feed_id(self.mailbox, folder.kind), folder.id, Op.CHANGED)

    def remove_folder(self, folder: Folder) -> None:
        """Remove a folder with everything in it."""
        for inner in Folder.objects.live().filter(mailbox=self.mailbox, parent_id=folder.id):
            self.remove_folder(inner)
        for item in Item.objects.live().filter(mailbox=self.mailbox, folder_id=folder.id):
            self.remove(item)
        folder.deleted_at = self.now
        folder.save(update_fields=["deleted_at"])
        self._line(folders_feed_id(self.mailbox, folder.kind), folder.id, Op.LEFT)

    def _line(self, feed_id: UUID, object_id: UUID, operation: Op, place: int = 0) -> int:
        return Line.objects.create(
            mailbox=self.mailbox, feed_id=feed_id, object_id=object_id, operation=operation, place=place, at=self.now
        ).id


def folders_feed_id(mailbox: Mailbox, kind: str) -> UUID:
    """Return the id of the feed that tells of the folders of one kind."""
    return derived_id(mailbox.id, "folders", kind)


@contextmanager
def writing_to(mailbox: Mailbox) -> Iterator[MailboxLedger]:
    """Hold a mailbox and write to it; all of it is kept, or nothing."""
    with transaction.atomic():
        held = Mailbox.objects.select_for_update(of=("self",)).select_related("tenant").get(id=mailbox.id)
        yield MailboxLedger(held, clock.now())
