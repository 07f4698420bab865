"""Operations on who may, and on what feeds remember."""

from datetime import timedelta

from simulators.microsoft365.drives.graph.naming import id_of_drive, id_of_node
from simulators.microsoft365.drives.models import Permission
from simulators.microsoft365.drives.mutations.finding import named_drive, named_list, named_node
from simulators.microsoft365.mutations.finding import named_person
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger

_RESYNCS = {"apply": "resyncChangesApplyDifferences", "upload": "resyncChangesUploadDifferences"}
_SCOPES = ("users", "organization", "anonymous")


def share_item(ledger: Ledger, arguments: dict) -> dict:
    """Share ``item``: ``with`` a person, or by a link for ``scope``; ``role`` read or write, ``password``, ``days``."""
    book, node = named_node(ledger, arguments)
    role, scope = arguments.get("role", "read"), arguments.get("scope", "users")
    if role not in ("read", "write") or scope not in _SCOPES:
        raise CannotMutate(f"A role is read or write, a scope one of {', '.join(_SCOPES)}.")
    facts = {"role": role, "has_password": bool(arguments.get("password"))}
    if arguments.get("days"):
        facts["expires_at"] = book.now + timedelta(days=arguments["days"])
    if arguments.get("with"):
        person = named_person(ledger, arguments, "with")
        facts |= {"grantee": "user", "grantee_id": str(person.id), "grantee_name": person.display_name}
    else:
        facts |= {"grantee": "link", "link_type": "edit" if role == "write" else "view", "link_scope": scope}
    permission = Permission.objects.create(id=book.new_id("permitted"), node=node, **facts)
    book.change(node, shared_scope="users" if arguments.get("with") else scope)
    return {"id": id_of_node(node), "permission": str(permission.id)}


def unshare_item(ledger: Ledger, arguments: dict) -> dict:
    """Take away all permissions that ``item`` has of its own."""
    book, node = named_node(ledger, arguments)
    node.permissions.all().delete()
    book.change(node, shared_scope="")
    return {"id": id_of_node(node)}


def forget_drive_cursors(ledger: Ledger, arguments: dict) -> dict:
    """Let the links of a drive, or of a ``list``, be answered 410; ``how`` is apply or upload."""
    how = arguments.get("how", "apply")
    if how not in _RESYNCS:
        raise CannotMutate(f"how is one of {', '.join(_RESYNCS)}.")
    owner = named_list(ledger, arguments) if arguments.get("list") else named_drive(ledger, arguments)
    owner.epoch, owner.resync = owner.epoch + 1, _RESYNCS[how]
    owner.save(update_fields=["epoch", "resync"])
    return {"id": str(owner.id)}


def limit_drive(ledger: Ledger, arguments: dict) -> dict:
    """Let a drive hold no more than ``bytes``."""
    drive = named_drive(ledger, arguments)
    drive.quota = int(arguments.get("bytes", 0))
    drive.save(update_fields=["quota"])
    return {"id": id_of_drive(drive)}


def enrich_uploads(ledger: Ledger, arguments: dict) -> dict:
    """Let SharePoint write properties into Office files that come into libraries; ``changing`` others each time."""
    how = "changing" if arguments.get("changing") else "always the same"
    ledger.tenant.moods = ledger.tenant.moods | {"enriches": how}
    ledger.tenant.save(update_fields=["moods"])
    return {"id": str(ledger.tenant.id)}
