"""Operations on files and folders. An item is named by its id, or by `user` (or `site`, `library`) and its path."""

from simulators.microsoft365.drives.content.reading import BLOCKS, DOCUMENT, NOISE
from simulators.microsoft365.drives.graph.naming import id_of_drive, id_of_node
from simulators.microsoft365.drives.models import Node
from simulators.microsoft365.drives.mutations.book import name_is_taken
from simulators.microsoft365.drives.mutations.finding import named_node, named_parent
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger

_TROUBLE = ("stale", "damaged", "stale_in_lists")


def create_file(ledger: Ledger, arguments: dict) -> dict:
    """Create a file in ``parent`` (else the root): ``name``, ``size`` or ``text``, ``malware``, ``trouble``."""
    book, parent = named_parent(ledger, arguments)
    name = arguments.get("name") or f"New file {book.new_id().hex[:6]}.txt"
    _refuse_taken(parent.id, name)
    trouble = arguments.get("trouble") or {}
    if set(trouble) - set(_TROUBLE):
        raise CannotMutate(f"A file's trouble is {', '.join(_TROUBLE)}.")
    facts = {"has_malware": bool(arguments.get("malware")), "trouble": trouble}
    return _answer(book.create_file(parent, name, *content_of(name, arguments), **facts))


def change_file(ledger: Ledger, arguments: dict) -> dict:
    """Give the file ``item`` other content: of that ``size``, that ``text``, or something."""
    book, node = named_node(ledger, arguments)
    if node.kind != Node.Kind.FILE:
        raise CannotMutate(f"{node} is no file.")
    book.write(node, *content_of(node.name, arguments))
    return _answer(node)


def create_items_folder(ledger: Ledger, arguments: dict) -> dict:
    """Create a folder called ``name`` in ``parent`` (else the root); with ``package``, a notebook of OneNote."""
    book, parent = named_parent(ledger, arguments)
    name = arguments.get("name") or f"New folder {book.new_id().hex[:6]}"
    _refuse_taken(parent.id, name)
    kind = Node.Kind.PACKAGE if arguments.get("package") else Node.Kind.FOLDER
    return _answer(book.create(parent, name, kind))


def rename_item(ledger: Ledger, arguments: dict) -> dict:
    """Call ``item`` by another ``name``."""
    book, node = named_node(ledger, arguments)
    name = arguments.get("name")
    if not name or node.kind == Node.Kind.ROOT:
        raise CannotMutate("rename_item needs 'name', and an item that is not the root.")
    _refuse_taken(node.parent_id, name, but=node.id)
    book.change(node, name=name)
    return _answer(node)


def move_item(ledger: Ledger, arguments: dict) -> dict:
    """Put ``item`` into the folder ``to`` of the same drive."""
    book, node = named_node(ledger, arguments)
    _, folder = named_parent(ledger, arguments | {"drive": id_of_drive(node.drive)}, "to")
    inside = [node, *Node.objects.live().below(node)]
    if node.kind == Node.Kind.ROOT or folder.id in [one.id for one in inside]:
        raise CannotMutate(f"{node} cannot be put into {folder}.")
    _refuse_taken(folder.id, node.name, but=node.id)
    book.change(node, parent_id=folder.id)
    return _answer(node)


def delete_item(ledger: Ledger, arguments: dict) -> dict:
    """Put ``item`` into the bin, a folder with all it holds."""
    book, node = named_node(ledger, arguments)
    if node.kind == Node.Kind.ROOT:
        raise CannotMutate("The root of a drive cannot be deleted.")
    book.remove(node)
    return _answer(node)


def restore_item(ledger: Ledger, arguments: dict) -> dict:
    """Take ``item`` out of the bin again, with what went there together with it."""
    book, node = named_node(ledger, arguments, gone=True)
    if not Node.objects.live().filter(id=node.parent_id).exists():
        raise CannotMutate(f"The folder {node} lay in is gone itself.")
    _refuse_taken(node.parent_id, node.name)
    book.restore(node)
    return _answer(node)


def trouble_item(ledger: Ledger, arguments: dict) -> dict:
    """Let reading ``item`` go wrong: ``stale`` and ``damaged`` count downloads, ``malware`` forbids them. Not told."""
    _, node = named_node(ledger, arguments)
    node.trouble = {name: arguments[name] for name in _TROUBLE if name in arguments}
    node.has_malware = bool(arguments.get("malware", node.has_malware))
    node.save(update_fields=["trouble", "has_malware"])
    return _answer(node)


def content_of(name: str, arguments: dict) -> tuple[str, bytes | None]:
    """Return the recipe for what the arguments want, and the bytes where they say them."""
    text, size = arguments.get("text"), arguments.get("size")
    if text is not None:
        return "", str(text).encode()
    if size is None:
        return f"{DOCUMENT} {name.rpartition('.')[2]}", None
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise CannotMutate("The size of a file is a whole number from 0 on.")
    return f"{BLOCKS} {size}" if size else f"{NOISE} 0", None


def _refuse_taken(parent_id, name: str, *, but=None) -> None:
    if name_is_taken(parent_id, name, but=but):
        raise CannotMutate(f"There is something called {name!r} in this folder already.")


def _answer(node: Node) -> dict:
    return {"id": id_of_node(node), "drive": id_of_drive(node.drive), "name": node.name}
