"""Sharing that a client sets up or takes away: invitations and links."""

from datetime import datetime
from uuid import UUID

from simulators.microsoft365.drives.graph.finding import found_node, not_found
from simulators.microsoft365.drives.graph.sharing import shown
from simulators.microsoft365.drives.graph.writing import writing_in
from simulators.microsoft365.drives.models import Invitation, Node, Permission
from simulators.microsoft365.drives.mutations.book import DriveBook
from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.models import Person

_ROLES = ("read", "write")
_TYPES = {"view": "read", "edit": "write"}
_SCOPES = ("anonymous", "organization", "users")


def invite(call: Call, drive: str, item: str) -> Answer:
    """Let people read or write an item; a mail tells them unless the client says otherwise."""
    body = call.json()
    recipients, roles = body.get("recipients"), body.get("roles")
    if not recipients or not isinstance(recipients, list) or not isinstance(roles, list) or roles[0] not in _ROLES:
        raise GraphError(400, "invalidRequest", "An invitation needs recipients and roles, read or write.")
    with writing_in(call, drive) as book:
        node = found_node(book.drive, item)
        people = [_person(call, recipient) for recipient in recipients]
        given = [_given(book, node, number, person, roles[0], body) for number, person in enumerate(people)]
        if body.get("sendInvitation", True):
            Invitation.objects.create(node=node, recipients=[person.mail for person in people], at=book.at)
        book.change(node, shared_scope="users")
        value = [shown(permission) for permission in given]
    return Answer({"@odata.context": links.context("Collection(permission)"), "value": value})


def create_link(call: Call, drive: str, item: str) -> Answer:
    """Make a link for whoever has it, the organization, or people already invited; the same one is not made twice."""
    body = call.json()
    kind, scope = body.get("type"), body.get("scope", "organization")
    if kind not in _TYPES or scope not in _SCOPES:
        raise GraphError(400, "invalidRequest", f"A link's type is view or edit, its scope {', '.join(_SCOPES)}.")
    with writing_in(call, drive) as book:
        node = found_node(book.drive, item)
        facts = {"grantee": "link", "link_type": kind, "link_scope": scope, "has_password": bool(body.get("password"))}
        existing = node.permissions.filter(**facts).first()
        permission = existing or Permission.objects.create(
            id=book.new_id("link"), node=node, role=_TYPES[kind], expires_at=_moment(body), **facts
        )
        permission.node = node
        if existing is None:
            book.change(node, shared_scope=scope)
        return Answer({"@odata.context": links.context("permission")} | shown(permission), 200 if existing else 201)


def delete_permission(call: Call, drive: str, item: str, permission: str) -> Answer:
    """Take a permission away that an item has of its own."""
    with writing_in(call, drive) as book:
        node = found_node(book.drive, item)
        try:
            gone, _ = node.permissions.filter(id=UUID(permission)).delete()
        except ValueError:
            gone = 0
        if not gone:
            raise not_found()
        book.change(node, shared_scope=node.shared_scope if node.permissions.exists() else "")
    return Answer(None, 204)


def _person(call: Call, recipient: object) -> Person:
    """Return whom a recipient means, by email or by id. Raises `GraphError`."""
    people = Person.objects.live().filter(tenant=call.tenant)
    wanted = recipient if isinstance(recipient, dict) else {}
    person = None
    if wanted.get("email"):
        found = people.filter(mail__iexact=wanted["email"]) | people.filter(upn__iexact=wanted["email"])
        person = found.first()
    elif wanted.get("objectId"):
        try:
            person = people.filter(id=UUID(wanted["objectId"])).first()
        except ValueError:
            person = None
    if person is None:
        raise GraphError(400, "invalidRequest", "A recipient could not be resolved.")
    return person


def _given(book: DriveBook, node: Node, number: int, person: Person, role: str, body: dict) -> Permission:
    identity = {"grantee": "user", "grantee_id": str(person.id), "grantee_name": person.display_name}
    existing = node.permissions.filter(grantee="user", grantee_id=str(person.id)).first()
    if existing:
        existing.role, existing.expires_at = role, _moment(body)
        existing.save(update_fields=["role", "expires_at"])
        permission = existing
    else:
        permission = Permission.objects.create(
            id=book.new_id(f"invited {number}"), node=node, role=role, expires_at=_moment(body), **identity
        )
    permission.node = node
    return permission


def _moment(body: dict) -> datetime | None:
    word = body.get("expirationDateTime")
    try:
        return datetime.fromisoformat(word) if word else None
    except (ValueError, TypeError) as problem:
        raise GraphError(400, "invalidRequest", "expirationDateTime is no moment.") from problem
