"""Operations on items of lists and on pages. A list is named by `site` and its id or name, an item by its number."""

from simulators.microsoft365.drives.generator.authors import authors_of, signed
from simulators.microsoft365.drives.generator.pages import canvas
from simulators.microsoft365.drives.models import ListItem, Page
from simulators.microsoft365.drives.mutations.book import free_id
from simulators.microsoft365.drives.mutations.finding import named_list, named_list_item, named_page, named_web
from simulators.microsoft365.drives.mutations.items import change_fields, enter_item, remove_item
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger


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
    remove_item(ledger, site_list, item)
    return _answer(item)


def create_page(ledger: Ledger, arguments: dict) -> dict:
    """Add a page with a ``title`` and a ``text``."""
    web = named_web(ledger, arguments)
    title = arguments.get("title") or "New page"
    identity = free_id(Page, web.id, "new page", title)
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


def _fields(arguments: dict) -> dict:
    fields = arguments.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise CannotMutate("The operation needs 'fields', values by the names of columns.")
    return fields


def _answer(item: ListItem) -> dict:
    return {"id": str(item.number), "list": str(item.site_list_id)}
