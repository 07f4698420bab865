"""What a site consists of: libraries, lists and pages, and those of the sites below it.

Follows Microsoft's pages "Get a site resource", "List drives", "Get lists in a site" and "List subsites for a site".
The list of all sites of a tenant names no subsites, so they belong to the site above them.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from backups.connectors.base import NotThere, PermissionMissing
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.records import kept, text_in
from backups.connectors.microsoft365.sharepoint_calls import SharePoint, part_of
from backups.connectors.microsoft365.team_calls import quoted

SITE, LIBRARY, LIST, PAGES = "site", "library", "list", "pages"
# Without what changes with every file and item: when something changed, and how much lies in it.
_SITE = "$select=id,name,displayName,description,createdDateTime,webUrl"
_DRIVES = "$select=id,name,description,driveType,createdDateTime,webUrl,sharePointIds"
# Those of SharePoint itself come only to whom selects ``system``.
_LISTS = (
    "$select=id,name,displayName,description,createdDateTime,webUrl,list,parentReference,system"
    "&$expand=columns,contentTypes"
)
# Who the numbers in columns of people are; it is kept although SharePoint hides it.
_PEOPLE = "userInfo"


class SiteFeeds:
    """The feeds of one site."""

    def __init__(self, sharepoint: SharePoint, site: str) -> None:
        self.sharepoint, self.site = sharepoint, site

    def all(self) -> Iterator[Feed]:
        """Yield the site, what it consists of, then the same of each subsite.

        Raises `NotThere`, and `PermissionMissing` where the site itself does not tell what it consists of. A subsite
        that does not is closed: whoever reads it is told so, and the others are read.
        """
        waiting = deque([(self.site, self.sharepoint.get(f"sites/{quoted(self.site)}?{_SITE}"), "")])
        seen = {self.site}
        while waiting:
            site, entry, parent = waiting.popleft()
            try:
                parts, below = self.parts(site)
            except (PermissionMissing, NotThere):
                if not parent:
                    raise
                yield _site_feed(site, entry, parent, is_closed=True)
                continue
            yield _site_feed(site, entry, parent)
            yield from parts
            for key, one in below.items():
                if key not in seen:
                    seen.add(key)
                    waiting.append((key, one, site))

    def parts(self, site: str) -> tuple[list[Feed], dict[str, dict[str, Any]]]:
        """Return the feeds of one site, and the sites right below it. Raises what `Graph` raises."""
        path = f"sites/{quoted(site)}"
        lists = dict(self.sharepoint.listed(f"{path}/lists?{_LISTS}", "list"))
        drives = dict(self.sharepoint.listed(f"{path}/drives?{_DRIVES}", "library"))
        below = dict(self.sharepoint.listed(f"{path}/sites?{_SITE}", "site"))
        feeds = [_library_feed(key, entry, site, lists) for key, entry in drives.items()]
        feeds += [_list_feed(key, entry, site) for key, entry in lists.items() if _is_kept(entry)]
        feeds.append(Feed(f"{site}/pages", "Pages", PAGES, parent=site, has_delta=False))
        return feeds, below


def _site_feed(site: str, entry: dict[str, Any], parent: str, *, is_closed: bool = False) -> Feed:
    name = text_in(entry.get("displayName")) or text_in(entry.get("name"))
    return Feed(site, name, SITE, parent=parent, record=kept(entry), has_delta=False, is_closed=is_closed)


def _library_feed(key: str, entry: dict[str, Any], site: str, lists: dict[str, dict[str, Any]]) -> Feed:
    record = kept(entry)
    behind = lists.get(str(part_of(entry, "sharePointIds").get("listId")))
    if behind:
        # The columns that a library has besides the files' own.
        record["list"] = kept(behind)
    return Feed(key, text_in(entry.get("name")), LIBRARY, parent=site, record=record)


def _list_feed(key: str, entry: dict[str, Any], site: str) -> Feed:
    name = text_in(entry.get("displayName")) or text_in(entry.get("name"))
    return Feed(key, name, LIST, parent=site, record=kept(entry))


def _is_kept(entry: dict[str, Any]) -> bool:
    """Return whether a list is one that people made: no library, and none that SharePoint needs for itself."""
    facet = part_of(entry, "list")
    template = text_in(facet.get("template"))
    if template == _PEOPLE:
        return True
    is_own = facet.get("hidden") is True or entry.get("system") is not None
    return not is_own and not template.lower().endswith("library")
