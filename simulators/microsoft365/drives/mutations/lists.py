"""Operations on items of lists and on pages. A list is named by `site` and its id or name, an item by its number."""

from simulators.microsoft365.drives.generator.authors import authors_of, signed
from simulators.microsoft365.drives.generator.pages import canvas
from simulators.microsoft365.drives.models import Line, ListItem, Page, SiteList
from simulators.microsoft365.drives.mutations.book import Book
from simulators.microsoft365.drives.mutations.finding import named_list, named_list_item, named_page, named_web
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger

Op = Line.Operation


def create_list_item(ledger: Ledger, arguments: dict) -> dict:
    """Add an item with ``fields`` to a list."""
    site_list = named_list(ledger, arguments)
    return _answer(enter_item(ledger, site_list, _fields(arguments)))


def update_list_item(ledger: Ledger, arguments: dict) -> dict:
    """Set ``fields`` of an item; null empties one."""
    site_list, item = named_list_item(ledger, arguments)
    change_fields(ledger, site_list, item, _fields(arguments))
    return _answer(item)


def delete_list_item(ledger: Ledger, arguments: dict) -> dict:
    """Delete an item."""
    site_list, item = named_list_item(ledger, arguments)
    item.deleted_at = ledger.now
    item.save(update_fields=["deleted_at"])
    Book(ledger.tenant, ledger.now, site_list.id).record(item.id, Op.DELETED)
    return _answer(item)


def create_page(ledger: Ledger, arguments: dict) -> dict:
    """Add a page with a ``title`` and a ``text``."""
    web = named_web(ledger, arguments)
    title = arguments.get("title") or "New page"
    identity = derived_id(web.id, "new page", Page.objects.filter(web=web).count(), title)
    now = ledger.now.replace(microsecond=0)
    page = Page.objects.create(
        id=identity,
        web=web,
        name=f"{title.replace(' ', '-')}.aspx",
        title=title,
        canvas=canvas(identity, [arguments.get("text", "")], title),
        created_at=now,
        modified_at=now,
        **signed(authors_of(web.site)[0]),
    )
    return {"id": str(page.id)}


def edit_page(ledger: Ledger, arguments: dict) -> dict:
    """Give a page another ``text`` or ``title``."""
    page = named_page(ledger, arguments)
    page.title = arguments.get("title") or page.title
    if arguments.get("text") is not None:
        page.canvas = canvas(page.id, [arguments["text"]], page.title)
    page.revision += 1
    page.modified_at = ledger.now.replace(microsecond=0)
    page.save()
    return {"id": str(page.id)}


def delete_page(ledger: Ledger, arguments: dict) -> dict:
    """Delete a page."""
    page = named_page(ledger, arguments)
    answer = {"id": str(page.id)}
    page.delete()
    return answer


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


def _fields(arguments: dict) -> dict:
    fields = arguments.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise CannotMutate("The operation needs 'fields', values by the names of columns.")
    return fields


def _answer(item: ListItem) -> dict:
    return {"id": str(item.number), "list": str(item.site_list_id)}
