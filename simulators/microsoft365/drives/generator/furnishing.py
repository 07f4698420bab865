"""Furnishes a site when somebody first looks into it."""

import random
from datetime import timedelta

from django.db import transaction

from simulators.microsoft365.drives.generator.authors import authors_of
from simulators.microsoft365.drives.generator.first_drives import first_name, library_id
from simulators.microsoft365.drives.generator.lists import Lists
from simulators.microsoft365.drives.generator.pages import pages
from simulators.microsoft365.drives.generator.sizes import Load, load_of
from simulators.microsoft365.drives.generator.strange import add_strange_things
from simulators.microsoft365.drives.generator.trees import Tree
from simulators.microsoft365.drives.models import Drive, ListItem, Node, Page, Permission, SiteList, Version, Web
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Site, Tenant

_BATCH = 2000


def furnish(site: Site) -> Web:
    """Return the top web of a site, with everything in it made if nobody looked into the site before."""
    web = _web_of(site)
    if web is not None:
        return web
    with transaction.atomic():
        # Several may look at once: one of them makes it. Whoever mutates holds the tenant first as well.
        site.tenant = Tenant.objects.select_for_update().get(id=site.tenant_id)
        return _web_of(site) or Furniture(site).make()


def _web_of(site: Site) -> Web | None:
    return Web.objects.select_related("tenant", "site").filter(id=site.web_id, site=site).first()


class Furniture:
    """Everything in one new site. A site that came after the tenant is nearly empty."""

    def __init__(self, site: Site) -> None:
        self.site, self.tenant = site, site.tenant
        self.is_new = site.created_seq > 0
        self.load = load_of(self.tenant) if not self.is_new else Load(0, 0, 0, 0, 0)
        self.authors = authors_of(site)
        self.dice = random.Random(f"{self.tenant.seed}/{site.id}")  # noqa: S311
        self.begin = site.created_at
        self.end = max(self.begin + timedelta(days=1), self.tenant.created_at) if not self.is_new else self.begin

    def make(self) -> Web:
        """Save it all and return the top web."""
        web = self._web(self.site.web_id, None, self.site.path, self.site.display_name)
        web.save(force_insert=True)
        if self.site.is_personal:
            self._drive(web, *first_name(self.site), is_personal=True)
            return web
        self._drive(web, *first_name(self.site))
        self._drive(web, "Style Library", "Style Library", is_system=True)
        self._lists_and_pages(web)
        if not self.is_new:
            self._drive(web, "Policies", "Policies")
            self._subsite(web)
        return web

    def _subsite(self, top: Web) -> None:
        if self.site.group_id:
            return
        identity = derived_id(self.site.id, "subsite", 1)
        web = self._web(identity, top.id, f"{self.site.path}/handbook", f"{self.site.display_name} handbook")
        web.save(force_insert=True)
        self._drive(web, "Documents", "Shared Documents")
        self._lists_and_pages(web)

    def _web(self, identity, parent_id, path: str, name: str) -> Web:
        return Web(
            id=identity,
            tenant=self.tenant,
            site=self.site,
            parent_id=parent_id,
            path=path,
            display_name=name,
            created_at=self.begin,
            modified_at=self.begin,
        )

    def _drive(self, web: Web, name: str, folder: str, **facts) -> None:
        drive = Drive(
            id=library_id(web, name),
            tenant=self.tenant,
            web=web,
            name=name,
            folder=folder,
            created_at=self.begin,
            modified_at=self.end,
            **facts,
        )
        tree = self._tree(drive)
        drive.save(force_insert=True)
        Node.objects.bulk_create(tree.nodes, batch_size=_BATCH)
        Version.objects.bulk_create(tree.versions, batch_size=_BATCH)
        Permission.objects.bulk_create(tree.permissions, batch_size=_BATCH)

    def _tree(self, drive: Drive) -> Tree:
        tree = Tree(drive, self.authors, self.begin, self.end, self.dice)
        if self.is_new:
            return tree
        if drive.is_system:
            tree.file(tree.root, "style.css", "noise 700")
            return tree
        tree.grow(self.load.folders, self.load.files, real=bool(self.tenant.size.get("corpora")))
        if self.site.owner_id == self.tenant.ordinary_id:
            add_strange_things(tree, self.load.film)
        return tree

    def _lists_and_pages(self, web: Web) -> None:
        lists = Lists(web, self.authors, self.begin, self.end, self.dice)
        lists.fill(self.load.list_items, is_new=self.is_new)
        SiteList.objects.bulk_create(lists.lists)
        ListItem.objects.bulk_create(lists.items, batch_size=_BATCH)
        Page.objects.bulk_create(pages(web, self.authors, self.begin, self.end, self.load.pages, self.dice))
