"""Putting back who may see a file or folder: people by an invitation that mails nobody, others by new links.

Follows Microsoft's pages "driveItem: invite" and "driveItem: createLink". A link with a password is not made again: the
password is known to nobody here, and without it the link would let in more people than before.
"""

from datetime import datetime
from typing import Any

from backups.connectors.base import CannotBeRestored, Obstacle, OutcomeUnclear, PermissionMissing
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.sharepoint_calls import COUNTED_BY, PERMISSIONS, part_of
from backups.connectors.microsoft365.writing import Writer
from backups.connectors.restoring import Assignment, Less

_ROLES = ("write", "read")
_IDENTITIES = ("user", "group", "siteUser", "siteGroup")


def grants_in(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was granted on an object itself, without those who own the drive."""
    listed = record.get("permissions")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [one for one in found if "owner" not in _list(one, "roles")]


class Sharing:
    """Shares what lies at the target. Safe for several threads."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._writer = graph, Writer(graph)

    def put_back(self, assignment: Assignment, path: str, record: dict[str, Any]) -> set[Less]:
        """Share the item at ``path`` as it was, if that is asked for, and return what is missing.

        May be called twice: nobody is let in twice, and of a kind there is one link. After a break nobody is mailed a
        second time. Raises what `Writer.post` raises, except where somebody or something is refused.
        """
        grants = grants_in(record)
        if not assignment.sharing:
            return {Less.SHARING} if grants else set()
        less: set[Less] = set()
        for role in _ROLES:
            people: dict[str, dict[str, str]] = {}
            for grant in (one for one in grants if role == _role(one) and not self._is_over(one)):
                link = grant.get("link")
                if grant.get("hasPassword") is True:
                    less |= {Less.SHARING, Less.LINK_PASSWORD}
                elif isinstance(link, dict) and link.get("scope") in ("anonymous", "organization"):
                    less |= self._link(path, link, grant)
                else:
                    wanted, lost = _recipients(grant, is_link=isinstance(link, dict))
                    people |= {key: one | {"until": _until(grant)} for key, one in wanted.items()}
                    less |= lost
            people.pop(assignment.target.remote_id, None)
            less |= self._invite(assignment, path, role, list(people.values()))
        return less | ({Less.SHARING} if any(_role(one) not in _ROLES for one in grants) else set())

    def _invite(self, assignment: Assignment, path: str, role: str, people: list[dict[str, str]]) -> set[Less]:
        less: set[Less] = set()
        for until in sorted({one["until"] for one in people}):
            some = [{key: one[key] for key in one if key != "until"} for one in people if one["until"] == until]
            lost = self._let_in(assignment, path, role, some, until)
            if lost == {Less.PERSON_GONE} and len(some) > 1:
                # One of them is gone: the others are let in one by one.
                for one in some:
                    less |= self._let_in(assignment, path, role, [one], until)
            else:
                less |= lost
        return less

    def _let_in(self, assignment: Assignment, path: str, role: str, recipients: list[dict], until: str) -> set[Less]:
        body = {
            "recipients": recipients,
            "roles": [role],
            "requireSignIn": True,
            "sendInvitation": assignment.notifies,
        } | ({"expirationDateTime": until} if until else {})
        return self._ask(f"{path}/invite", body, body | {"sendInvitation": False}, Less.PERSON_GONE)

    def _link(self, path: str, link: dict[str, Any], grant: dict[str, Any]) -> set[Less]:
        body, until = {"type": link.get("type") or "view", "scope": link["scope"]}, _until(grant)
        body |= {"expirationDateTime": until} if until else {}
        return self._ask(f"{path}/createLink", body, body, Less.SHARING)

    def _ask(self, path: str, body: dict[str, Any], again: dict[str, Any], lost: Less) -> set[Less]:
        """Send ``body``, or ``again`` after a break, and return what is lost where it is refused."""
        try:
            try:
                self._writer.post(path, body, counted_by=COUNTED_BY, units=PERMISSIONS)
            except OutcomeUnclear:
                self._writer.post(path, again, counted_by=COUNTED_BY, units=PERMISSIONS)
        except CannotBeRestored as problem:
            if problem.obstacle != Obstacle.REFUSED:
                raise
            return {lost}
        except PermissionMissing:
            # We may write the file, as it was made: what is refused is to share it, by a rule of the tenant.
            return {Less.SHARING}
        return set()

    def _is_over(self, grant: dict[str, Any]) -> bool:
        try:
            return datetime.fromisoformat(_until(grant)) <= self._graph.http.clock()
        except (ValueError, TypeError):
            # It has no end, or one without a time zone.
            return False


def _recipients(grant: dict[str, Any], *, is_link: bool) -> tuple[dict[str, dict[str, str]], set[Less]]:
    """Return whom a grant lets in, by what they are known by, and what is lost of it."""
    many = _list(grant, "grantedToIdentitiesV2") or _list(grant, "grantedToIdentities")
    told = many if is_link else [grant.get("grantedToV2") or grant.get("grantedTo")]
    found, less = {}, set()
    for identities in (one for one in told if isinstance(one, dict)):
        who = next((part_of(identities, name) for name in _IDENTITIES[:2] if part_of(identities, name)), {})
        if who.get("id"):
            found[str(who["id"])] = {"objectId": str(who["id"])}
        elif who.get("email"):
            found[str(who["email"])] = {"email": str(who["email"])}
        else:
            # A group that only its old site knew.
            less.add(Less.SHARING)
    return found, less


def _role(grant: dict[str, Any]) -> str:
    roles = _list(grant, "roles")
    return next((one for one in _ROLES if one in roles), "")


def _until(grant: dict[str, Any]) -> str:
    value = grant.get("expirationDateTime")
    return value if isinstance(value, str) else ""


def _list(grant: dict[str, Any], name: str) -> list:
    value = grant.get(name)
    return value if isinstance(value, list) else []
