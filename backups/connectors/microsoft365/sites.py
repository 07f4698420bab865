"""SharePoint sites of a tenant.

Follows Microsoft's pages "List sites across geographies" (getAllSites), "site: delta" and "Get a site resource".
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from backups.connectors.base import CursorExpired, NotThere, PermissionMissing, UnexpectedAnswer
from backups.connectors.microsoft365.found import DELETED, FoundSite, Page, Removed
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.texts import id_of, text_of

_PROPERTIES = "id,displayName,name,webUrl,isPersonalSite"
_COUNTED_BY = "sharepoint"


def sites(graph: Graph, cursor: str = "") -> Iterator[Page[FoundSite]]:
    """Yield what is new among the sites since ``cursor``, or all of them, page by page. Raises what `Graph` raises.

    The listing covers all geographies; what changes from its beginning on is asked for first, so that nothing falls
    between the two. Where a tenant refuses changes, the cursor after the listing is "" and the next round lists again.
    """
    if cursor and not cursor.startswith("{"):
        return _changes(graph, cursor)
    return _listing(graph, cursor)


def host_of(graph: Graph) -> str:
    """Return the host name of the tenant's SharePoint. Raises `NotThere` for a tenant without one."""
    root = graph.get_json("sites/root?$select=siteCollection,webUrl", counted_by=_COUNTED_BY)
    collection = root.get("siteCollection")
    named = collection.get("hostname") or collection.get("hostName") if isinstance(collection, dict) else None
    return str(named or _parts(text_of(root, "webUrl"))[0]).lower()[:253]


def site_at(graph: Graph, url: str) -> FoundSite:
    """Return the site at ``url``, an address on the tenant's SharePoint.

    Raises `NotThere`, `PermissionMissing`, `UnexpectedAnswer`, and what `Http.send` raises.
    """
    host, path = _parts(url)
    where = f"{host}:/{quote(path.strip('/'))}" if path.strip("/") else host
    found = graph.get_json(f"sites/{where}?$select={_PROPERTIES}", counted_by=_COUNTED_BY)
    remote_id = id_of(found, "site")
    if remote_id is None:
        raise UnexpectedAnswer("Microsoft’s answer names no site.")
    return _site(remote_id, found)


def _newest_link(graph: Graph) -> str:
    try:
        answer = graph.get_json(f"sites/delta?$select={_PROPERTIES}&token=latest", counted_by=_COUNTED_BY)
        graph.check_links(answer)
    except (PermissionMissing, NotThere, CursorExpired, UnexpectedAnswer):
        return ""
    return text_of(answer, "@odata.deltaLink") or ""


def _listing(graph: Graph, cursor: str) -> Iterator[Page[FoundSite]]:
    if not cursor:
        cursor = json.dumps({"listing": "", "changes": _newest_link(graph)})
        # Nothing was found yet, but where the changes begin is worth keeping.
        yield Page(cursor=cursor)
    following, changes = _unpacked(cursor)
    for answer in graph.pages(following or f"sites/getAllSites?$select={_PROPERTIES}", counted_by=_COUNTED_BY):
        link = answer.get("@odata.nextLink")
        kept = json.dumps({"listing": link, "changes": changes}) if link else changes
        yield _page(answer, kept, is_complete=not link)


def _changes(graph: Graph, link: str) -> Iterator[Page[FoundSite]]:
    for answer in graph.pages(link, counted_by=_COUNTED_BY):
        following = answer.get("@odata.nextLink")
        yield _page(answer, following or answer.get("@odata.deltaLink") or "", is_complete=not following)


def _unpacked(cursor: str) -> tuple[str, str]:
    try:
        kept = json.loads(cursor)
        return kept["listing"], kept["changes"]
    except (ValueError, KeyError) as problem:
        raise CursorExpired("How far the sites were read is not known any more.") from problem


def _page(answer: dict, cursor: str, *, is_complete: bool) -> Page[FoundSite]:
    page = Page(cursor=cursor, is_complete=is_complete)
    for entry in answer["value"]:
        remote_id = id_of(entry, "site")
        if remote_id:
            page.add(Removed(remote_id, DELETED) if _is_removed(entry) else _site(remote_id, entry))
    return page


def _is_removed(entry: dict[str, Any]) -> bool:
    # SharePoint's dialect is the facet, the directory's the annotation.
    return entry.get("deleted") is not None or "@removed" in entry


def _site(remote_id: str, entry: dict[str, Any]) -> FoundSite:
    url = text_of(entry, "webUrl")
    return FoundSite(
        remote_id,
        name=text_of(entry, "displayName") or text_of(entry, "name"),
        url=url,
        is_personal=entry.get("isPersonalSite") is True or _looks_personal(url),
    )


def _looks_personal(url: str | None) -> bool:
    # Single sites do not say what they are; OneDrive lives on a host of its own, below /personal/.
    host, path = _parts(url)
    return host.partition(".")[0].endswith("-my") and path.startswith("/personal/")


def _parts(url: str | None) -> tuple[str, str]:
    try:
        parts = urlsplit(url or "")
    except ValueError:
        # No address at all, such as one with half a bracket in it.
        return "", ""
    return parts.hostname or "", parts.path
