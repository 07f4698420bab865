"""The folder of a channel of Teams in the library of a site."""

from simulators.microsoft365.drives.graph.finding import library_of
from simulators.microsoft365.drives.graph.item_shape import ITEM, ItemShower
from simulators.microsoft365.drives.models import Node
from simulators.microsoft365.drives.mutations.book import DriveBook
from simulators.microsoft365.drives.mutations.days import looked_into
from simulators.microsoft365.models import Site
from simulators.microsoft365.mutations.ledger import writing


def shown_folder(site: Site, name: str) -> dict:
    """Return the folder called ``name`` at the top of a site's library as a driveItem, made if it is not there.

    Such a folder has no address to download from, and so no `@microsoft.graph.downloadUrl`.
    """
    looked_into(site)
    drive = library_of(site)
    folder = _folder(drive, name)
    if folder is None:
        with writing(site.tenant_id) as ledger:
            root = Node.objects.get(id=drive.root_id)
            folder = _folder(drive, name) or DriveBook(drive, ledger.now).create(root, name, Node.Kind.FOLDER)
    return ItemShower(drive).show(folder, ITEM.default)


def _folder(drive, name: str) -> Node | None:
    return Node.objects.live().filter(parent_id=drive.root_id, name__iexact=name, kind=Node.Kind.FOLDER).first()
