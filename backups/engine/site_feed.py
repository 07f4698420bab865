"""The SharePoint sites of a tenant. Somebody's OneDrive is a site as well, but belongs to that user."""

from collections.abc import Iterator
from datetime import datetime

from backups.connectors.base import NotThere
from backups.connectors.microsoft365 import sites
from backups.connectors.microsoft365.found import DELETED, FoundSite, Page, Removed
from backups.engine import discovered_items
from backups.engine.feeds import Feed
from backups.engine.look import Look
from backups.models import DiscoveryFeed
from organizations.models import Connection, Item


class SiteFeed(Feed):
    """Sites, the root site among them."""

    name, kind, noun, permission = DiscoveryFeed.Name.SITES, Item.Kind.SITE, "sites", "Sites.Read.All"

    def pages(self, look: Look, row: DiscoveryFeed) -> Iterator[Page[FoundSite]]:
        if not row.sealed_cursor:
            try:
                look.connection.sharepoint_host = sites.host_of(look.graph)
            except NotThere:
                # No SharePoint in this tenant: a listing of nothing.
                yield Page(is_complete=True)
                return
        yield from sites.sites(look.graph, row.cursor)

    def save(self, look: Look, row: DiscoveryFeed, page: Page[FoundSite], prepared: None, now: datetime) -> None:
        if look.connection.sharepoint_host:
            # Whoever types the address of a site is measured by it.
            Connection.objects.filter(pk=look.connection.pk).update(sharepoint_host=look.connection.sharepoint_host)
        found = {
            remote_id: {"name": site.name, "address": site.url}
            for remote_id, site in page.found.items()
            if not site.is_personal
        }
        discovered_items.save_found(look, row, self.kind, found, now)
        turned = [Removed(site.remote_id, DELETED) for site in page.found.values() if site.is_personal]
        discovered_items.save_removed(look, self.kind, [*turned, *page.removed.values()], now)
