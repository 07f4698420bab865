"""The host of imports: exported items come back here, one a call, without any token."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse

from simulators.microsoft365.clock import clock
from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.outlook.graph.attachment_writing import add_attachment
from simulators.microsoft365.outlook.graph.bodies import from_base64
from simulators.microsoft365.outlook.graph.finding import reference_of
from simulators.microsoft365.outlook.graph.mailbox_api import any_item
from simulators.microsoft365.outlook.graph.naming import Naming, change_key
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox
from simulators.microsoft365.outlook.mutations.ledger import MailboxLedger, writing_to
from simulators.microsoft365.outlook.outside import outside
from simulators.microsoft365.outlook.streams import BrokenStream, imported

_KINDS = {Folder.Kind.MAIL: "message", Folder.Kind.CALENDAR: "event", Folder.Kind.CONTACTS: "contact"}


@outside("/outlook/imports/{token}")
def import_item(request: HttpRequest, claims: dict) -> HttpResponse:
    """Take one exported item into a folder, as a new one or in place of an old one."""
    if request.method != "POST":
        raise GraphError(405, "MethodNotAllowed", "An import is a POST.")
    mailbox, body = _mailbox(claims), _body(request)
    try:
        fields, parts = imported(from_base64(body.get("Data"), "Data"))
    except BrokenStream as problem:
        raise GraphError(400, "ErrorCorruptData", str(problem)) from problem
    with writing_to(mailbox) as box:
        item = _update(box, body, fields) if body.get("Mode") == "update" else _create(box, body, fields)
        for part in parts:
            add_attachment(box, item, part)
    shown = {"itemId": Naming(mailbox, immutable=False).item(item), "changeKey": change_key(item)}
    return JsonResponse(shown, status=201)


def _create(box: MailboxLedger, body: dict, fields: dict) -> Item:
    if body.get("Mode") != "create":
        raise GraphError(400, "ErrorInvalidRequest", "The Mode is create or update.")
    reference = reference_of(str(body.get("FolderId") or ""))
    folder = box.mailbox.folders.live().filter(id=reference.thing).first()
    if folder is None or _KINDS[folder.kind] != fields["kind"]:
        raise GraphError(404, "ErrorItemNotFound", "There is no such folder for items of this class.")
    kind = fields.pop("kind")
    return box.create(kind, folder.id, **fields)


def _update(box: MailboxLedger, body: dict, fields: dict) -> Item:
    item = any_item(box.mailbox, str(body.get("ItemId") or ""))
    if item.kind != fields.pop("kind"):
        raise GraphError(400, "ErrorInvalidRequest", "The item is of another class.")
    if body.get("ChangeKey") != change_key(item):
        raise GraphError(409, "ErrorIrresolvableConflict", "The item was changed since its ChangeKey was read.")
    item.attachments.all().delete()
    box.change(item, rewrites=True, **({"recipe": ""} | fields))
    return item


def _mailbox(claims: dict) -> Mailbox:
    if claims.get("until", 0) < clock.now().timestamp():
        raise GraphError(401, "InvalidAuthenticationToken", "The import session has expired.")
    mailbox = Mailbox.objects.select_related("tenant").filter(id=claims.get("import_into")).first()
    if mailbox is None:
        raise GraphError(404, "ErrorItemNotFound", "There is no such mailbox.")
    return mailbox


def _body(request: HttpRequest) -> dict:
    try:
        body = json.loads(request.body)
    except ValueError as problem:
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from problem
    if not isinstance(body, dict):
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.")
    return body
