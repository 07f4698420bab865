"""Users, groups and teams of a tenant, and who is in a group.

Follows Microsoft's pages "user: delta", "group: delta", "Use delta query to track changes in Microsoft Graph data" and
"List group transitive members".
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from backups.connectors.microsoft365.found import CHANGED, DELETED, FoundGroup, FoundUser, Page, Removed
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.texts import id_of, text_of

PAGE_SIZE = 999
_USER_PROPERTIES = "id,displayName,userPrincipalName,mail,userType,accountEnabled,assignedPlans,externalUserState"
_GROUP_PROPERTIES = "id,displayName,mail,resourceProvisioningOptions"
_GUEST_MARK = "#ext#"


def users(graph: Graph, cursor: str = "", *, page_size: int = PAGE_SIZE) -> Iterator[Page[FoundUser]]:
    """Yield what is new among the users since ``cursor``, or all of them, page by page. Raises what `Graph` raises."""
    return _delta(graph, cursor or f"users/delta?$select={_USER_PROPERTIES}", _user, "user", page_size)


def groups(graph: Graph, cursor: str = "", *, page_size: int = PAGE_SIZE) -> Iterator[Page[FoundGroup]]:
    """Yield what is new among the groups, teams among them. Raises what `Graph` raises."""
    return _delta(graph, cursor or f"groups/delta?$select={_GROUP_PROPERTIES}", _group, "group", page_size)


def member_ids(graph: Graph, group_id: str) -> set[str]:
    """Return the ids of the users in a group, directly or through other groups. Raises what `Graph` raises."""
    path = f"groups/{quote(group_id, safe='')}/transitiveMembers/microsoft.graph.user?$select=id&$top={PAGE_SIZE}"
    found = (id_of(entry, "member") for page in graph.pages(path) for entry in page["value"])
    return {remote_id for remote_id in found if remote_id}


def _delta(graph: Graph, start: str, read: Callable, what: str, page_size: int) -> Iterator[Page]:
    # The size is a header and has to come with every request; $top would cap the whole round.
    for answer in graph.pages(start, headers={"Prefer": f"odata.maxpagesize={page_size}"}):
        # Where both links are there, something is still to be read.
        following, last = answer.get("@odata.nextLink"), answer.get("@odata.deltaLink")
        page = Page(cursor=following or last or "", is_complete=not following)
        for entry in answer["value"]:
            remote_id = id_of(entry, what)
            if remote_id:
                page.add(_removed(remote_id, entry) if "@removed" in entry else read(remote_id, entry))
        yield page


def _removed(remote_id: str, entry: dict[str, Any]) -> Removed:
    mark = entry["@removed"]
    reason = mark.get("reason") if isinstance(mark, dict) else None
    # A reason nobody knows yet is taken for the one that keeps the most.
    return Removed(remote_id, DELETED if reason == DELETED else CHANGED)


def _user(remote_id: str, entry: dict[str, Any]) -> FoundUser:
    sign_in_name = text_of(entry, "userPrincipalName")
    return FoundUser(
        remote_id,
        name=text_of(entry, "displayName"),
        address=text_of(entry, "mail") or sign_in_name,
        is_external=_is_external(entry, sign_in_name),
        is_enabled=_flag(entry, "accountEnabled"),
        has_mail_plan=_has_mail_plan(entry),
    )


def _is_external(entry: dict[str, Any], sign_in_name: str | None) -> bool | None:
    """Return whether somebody belongs to another company (page "Properties of a Microsoft Entra B2B user")."""
    if not any(name in entry for name in ("userType", "userPrincipalName", "externalUserState")):
        return None
    is_marked = _GUEST_MARK in (sign_in_name or "").lower()
    return is_marked or text_of(entry, "userType") == "Guest" or bool(text_of(entry, "externalUserState"))


def _has_mail_plan(entry: dict[str, Any]) -> bool | None:
    plans = entry.get("assignedPlans")
    if not isinstance(plans, list):
        return None
    return any(
        isinstance(plan, dict)
        and str(plan.get("service", "")).lower() == "exchange"
        and plan.get("capabilityStatus") == "Enabled"
        for plan in plans
    )


def _group(remote_id: str, entry: dict[str, Any]) -> FoundGroup:
    options = entry.get("resourceProvisioningOptions")
    return FoundGroup(
        remote_id,
        name=text_of(entry, "displayName"),
        address=text_of(entry, "mail"),
        is_team="Team" in options if isinstance(options, list) else None,
    )


def _flag(entry: dict[str, Any], name: str) -> bool | None:
    value = entry.get(name)
    return value if isinstance(value, bool) else None
