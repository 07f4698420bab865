"""Finds the drives, items, lists and pages an operation names."""

from simulators.microsoft365.drives.generator.authors import Author
from simulators.microsoft365.drives.graph.naming import id_of_drive
from simulators.microsoft365.drives.ids import list_id_of, node_id_of, site_id_of
from simulators.microsoft365.drives.models import Drive, ListItem, Node, Page, SiteList, Web
from simulators.microsoft365.drives.mutations.book import DriveBook
from simulators.microsoft365.drives.mutations.days import looked_into
from simulators.microsoft365.models import Site
from simulators.microsoft365.mutations.finding import named_person, named_site
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger


def named_drive(ledger: Ledger, arguments: dict) -> Drive:
    """Return the drive that ``drive`` (its id), ``user`` or ``site`` names; ``library`` is one's name in a site."""
    word = arguments.get("drive")
    if word:
        list_id = list_id_of(word)
        sites = (
            Site.objects.live().filter(tenant=ledger.tenant, id=site_id_of(word)) if list_id else Site.objects.none()
        )
        wanted = {"id": list_id}
    else:
        sites, wanted = _sites(ledger, arguments), {}
    for site in sites:
        web = looked_into(_with_tenant(ledger, site))
        if not word:
            wanted = {"web": web, "name": arguments.get("library") or ("OneDrive" if site.is_personal else "Documents")}
        drive = Drive.objects.select_related("web__site", "web__tenant", "tenant").filter(**wanted).first()
        if drive is not None:
            return drive
    raise CannotMutate("There is no such drive: name it by 'drive', by 'user', or by 'site' and 'library'.")


def named_web(ledger: Ledger, arguments: dict) -> Web:
    """Return the top web of the ``site`` that is named, by id or path; or the subsite, by its path."""
    word = arguments.get("site", "")
    web = Web.objects.select_related("site", "tenant").filter(tenant=ledger.tenant, path=word, parent_id__isnull=False)
    found = web.first() if word else None
    return found or looked_into(_with_tenant(ledger, named_site(ledger, arguments)))


def named_node(ledger: Ledger, arguments: dict, key: str = "item", *, gone: bool = False) -> tuple[DriveBook, Node]:
    """Return the item that ``key`` names, by its id or, beginning with a slash, by its path; and its drive's writer."""
    drive, word = named_drive(ledger, _with_drive_of(ledger, arguments, key)), arguments.get(key, "")
    nodes = Node.objects.filter(drive=drive, deleted_at__isnull=not gone)
    if word.startswith("/"):
        node = _at_path(nodes if not gone else Node.objects.filter(drive=drive), drive, word)
    else:
        node = nodes.filter(id=node_id_of(word)).first() if node_id_of(word) else None
    if node is None or node.is_gone != gone:
        raise CannotMutate(f"There is no item {word!r} in this drive.")
    node.drive = drive
    return DriveBook(drive, ledger.now, _author(ledger, arguments)), node


def named_parent(ledger: Ledger, arguments: dict, key: str = "parent") -> tuple[DriveBook, Node]:
    """Return the folder that ``key`` names, the root where nothing is said; and its drive's writer."""
    book, node = named_node(ledger, arguments | {key: arguments.get(key) or "/"}, key)
    if not node.is_folder:
        raise CannotMutate(f"{node} is no folder.")
    return book, node


def named_list(ledger: Ledger, arguments: dict) -> SiteList:
    """Return the ``list`` of a ``site``, by its id or name."""
    lists = SiteList.objects.select_related("web__site", "tenant").filter(web=named_web(ledger, arguments))
    word = str(arguments.get("list", ""))
    for one in lists:
        if word in (str(one.id), one.name, one.display_name):
            return one
    raise CannotMutate(f"There is no list {word!r} in this site.")


def named_list_item(ledger: Ledger, arguments: dict) -> tuple[SiteList, ListItem]:
    """Return the ``item`` of a ``list``, by its number."""
    site_list = named_list(ledger, arguments)
    found = ListItem.objects.live().filter(site_list=site_list, number=int(arguments.get("item", 0))).first()
    if found is None:
        raise CannotMutate(f"There is no item {arguments.get('item')!r} in {site_list}.")
    return site_list, found


def named_page(ledger: Ledger, arguments: dict) -> Page:
    """Return the ``page`` of a ``site``, by its id or its file's name."""
    word = str(arguments.get("page", ""))
    for page in Page.objects.filter(web=named_web(ledger, arguments)):
        if word in (str(page.id), page.name):
            return page
    raise CannotMutate(f"There is no page {word!r} in this site.")


def _with_drive_of(ledger: Ledger, arguments: dict, key: str) -> dict:
    if any(arguments.get(name) for name in ("drive", "user", "site")):
        return arguments
    # The id of an item alone will do, once somebody looked into its drive.
    node_id = node_id_of(str(arguments.get(key, "")))
    node = Node.objects.filter(id=node_id, drive__tenant=ledger.tenant).first() if node_id else None
    return arguments | ({"drive": id_of_drive(node.drive)} if node else {})


def _sites(ledger: Ledger, arguments: dict) -> list[Site]:
    if arguments.get("user"):
        person = named_person(ledger, arguments)
        return list(Site.objects.live().filter(tenant=ledger.tenant, owner_id=person.id))
    return [named_site(ledger, arguments)] if arguments.get("site") else []


def _at_path(nodes, drive: Drive, path: str) -> Node | None:
    node = Node.objects.get(id=drive.root_id)
    for name in path.strip("/").split("/"):
        if name and node:
            node = nodes.filter(parent_id=node.id, name=name).order_by("-deleted_at").first()
    return node


def _author(ledger: Ledger, arguments: dict):
    if not arguments.get("by"):
        return None
    person = named_person(ledger, arguments, "by")
    return Author(person.id, person.display_name)


def _with_tenant(ledger: Ledger, site: Site) -> Site:
    site.tenant = ledger.tenant
    return site
