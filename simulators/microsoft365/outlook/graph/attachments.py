"""Attachments of messages and of events."""

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import refuse_unknown_options
from simulators.microsoft365.outlook.content.letters import Letter
from simulators.microsoft365.outlook.content.meetings import Meeting
from simulators.microsoft365.outlook.content.parts import REFERENCE, Part
from simulators.microsoft365.outlook.graph.attachment_shape import chosen_of_attachment, show_attachment
from simulators.microsoft365.outlook.graph.calendars import holder
from simulators.microsoft365.outlook.graph.events import found_event
from simulators.microsoft365.outlook.graph.expanding import expansions
from simulators.microsoft365.outlook.graph.finding import found_item, found_mailbox, item_at, not_found, reference_of
from simulators.microsoft365.outlook.graph.listing import whole
from simulators.microsoft365.outlook.graph.naming import applied, naming_for
from simulators.microsoft365.outlook.models import Item, Mailbox

_INNER = "microsoft.graph.itemattachment/item"
# A page of this many attachments with their bytes is more than Exchange hands out.
_HEAVY_PAGE = 200


def message_attachment_list(call: Call, user: str, message: str) -> Answer:
    """The attachments of a message."""
    mailbox = found_mailbox(call, user)
    return attachment_list(call, mailbox, found_item(mailbox, Item.Kind.MESSAGE, message))


def message_attachment(call: Call, user: str, message: str, attachment: str) -> Answer:
    """One attachment of a message."""
    mailbox = found_mailbox(call, user)
    return one_attachment(call, mailbox, found_item(mailbox, Item.Kind.MESSAGE, message), attachment)


def message_attachment_value(call: Call, user: str, message: str, attachment: str) -> Answer:
    """The bytes of an attachment of a message."""
    mailbox = found_mailbox(call, user)
    return attachment_value(mailbox, found_item(mailbox, Item.Kind.MESSAGE, message), attachment)


def event_attachment_list(call: Call, event: str, user: str = "", group: str = "") -> Answer:
    """The attachments of an event."""
    mailbox = holder(call, user, group)
    return attachment_list(call, mailbox, found_event(mailbox, event)[0])


def event_attachment(call: Call, event: str, attachment: str, user: str = "", group: str = "") -> Answer:
    """One attachment of an event."""
    mailbox = holder(call, user, group)
    return one_attachment(call, mailbox, found_event(mailbox, event)[0], attachment)


def event_attachment_value(call: Call, event: str, attachment: str, user: str = "", group: str = "") -> Answer:
    """The bytes of an attachment of an event."""
    mailbox = holder(call, user, group)
    return attachment_value(mailbox, found_event(mailbox, event)[0], attachment)


def parts_of(item: Item) -> list[Part]:
    """Return the attachments of an item."""
    return Meeting(item).parts if item.kind == Item.Kind.EVENT else Letter(item).parts


def attachment_list(call: Call, mailbox: Mailbox, item: Item) -> Answer:
    """Return a page of the attachments of an item."""
    refuse_unknown_options(call, {"$select", "$top", "$skip", "$expand"})
    chosen, parts = chosen_of_attachment(call.query.get("$select")), parts_of(item)
    top, skip = whole(call, "$top", len(parts) or 1), whole(call, "$skip", 0)
    if "contentBytes" in chosen and min(top, len(parts)) > _HEAVY_PAGE:
        raise GraphError(504, "ErrorInternalServerTransientError", "The server did not finish in time.")
    naming, with_item = naming_for(call, mailbox), wants_inner(call)
    page = parts[skip : skip + top]
    body = {
        "@odata.context": links.context(f"users('{mailbox.id}')/{item.kind}s('{naming.item(item)}')/attachments"),
        "value": [show_attachment(item, part, naming, chosen, with_item=with_item) for part in page],
    }
    if len(parts) > skip + top:
        following = call.query | {"$skip": str(skip + top)}
        body["@odata.nextLink"] = links.address(call.path.rstrip("/"), following)
    return applied(call, Answer(body))


def one_attachment(call: Call, mailbox: Mailbox, item: Item, word: str) -> Answer:
    """Return one attachment with its bytes, and the item inside when that is wanted."""
    refuse_unknown_options(call, {"$select", "$expand"})
    part, naming = found_part(mailbox, item, word), naming_for(call, mailbox)
    where = f"users('{mailbox.id}')/{item.kind}s('{naming.item(item)}')/attachments/$entity"
    chosen = chosen_of_attachment(call.query.get("$select"))
    shown = show_attachment(item, part, naming, chosen, with_item=wants_inner(call))
    return applied(call, Answer({"@odata.context": links.context(where)} | shown))


def attachment_value(mailbox: Mailbox, item: Item, word: str) -> Answer:
    """Return the bytes of an attachment. Raises `GraphError` for a cloud link, which has none."""
    part = found_part(mailbox, item, word)
    if part.kind == REFERENCE:
        raise GraphError(405, "ErrorInvalidRequest", "The OData request is not supported.")
    return Answer(part.make(), headers={"Content-Type": part.content_type or "application/octet-stream"})


def found_part(mailbox: Mailbox, item: Item, word: str) -> Part:
    """Return an attachment by its id. Raises `GraphError` 404."""
    reference = reference_of(word)
    if item_at(mailbox, reference, item.kind).id != item.id:
        raise not_found()
    part = next((one for one in parts_of(item) if one.id == reference.part), None)
    if part is None:
        raise not_found()
    return part


def wants_inner(call: Call) -> bool:
    """Return whether the item inside shall be shown."""
    wanted = {name.lower() for name in expansions(call.query.get("$expand"))}
    if wanted - {_INNER}:
        raise GraphError(400, "BadRequest", f"Could not expand {', '.join(sorted(wanted - {_INNER}))}.")
    return bool(wanted)
