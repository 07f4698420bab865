"""Writes items of lists."""

from simulators.microsoft365.drives.generator.authors import authors_of, signed
from simulators.microsoft365.drives.models import Line, ListItem, SiteList
from simulators.microsoft365.drives.mutations.book import Book
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.mutations.ledger import Ledger

Op = Line.Operation


def enter_item(ledger: Ledger, site_list: SiteList, fields: dict) -> ListItem:
    """Save a new item of a list."""
    book = Book(ledger.tenant, ledger.now, site_list.id)
    site_list.last_number += 1
    site_list.save(update_fields=["last_number"])
    item = ListItem(
        id=derived_id(site_list.id, "item", site_list.last_number),
        site_list=site_list,
        number=site_list.last_number,
        fields={name: value for name, value in fields.items() if value is not None},
        created_at=book.now,
        modified_at=book.now,
        **signed(authors_of(site_list.web.site)[0]),
    )
    item.created_seq = book.record(item.id, Op.CREATED)
    item.save(force_insert=True)
    return item


def change_fields(ledger: Ledger, site_list: SiteList, item: ListItem, fields: dict) -> None:
    """Set fields of an item; None empties one."""
    book = Book(ledger.tenant, ledger.now, site_list.id)
    item.fields = {name: value for name, value in (item.fields | fields).items() if value is not None}
    item.revision, item.modified_at = item.revision + 1, book.now
    item.save()
    book.record(item.id, Op.CHANGED)


def remove_item(ledger: Ledger, site_list: SiteList, item: ListItem) -> None:
    """Delete an item."""
    item.deleted_at = ledger.now
    item.save(update_fields=["deleted_at"])
    Book(ledger.tenant, ledger.now, site_list.id).record(item.id, Op.DELETED)
