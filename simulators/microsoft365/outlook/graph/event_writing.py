"""Events that a client creates, changes and deletes. Whoever names attendees makes Exchange write to them."""

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.outlook.graph.attachment_writing import add_attachment, checked_attachment
from simulators.microsoft365.outlook.graph.bodies import sent_object
from simulators.microsoft365.outlook.graph.calendars import found_calendar, holder
from simulators.microsoft365.outlook.graph.event_shape import EVENT
from simulators.microsoft365.outlook.graph.events import found_event, shown_event
from simulators.microsoft365.outlook.graph.extended import given_properties, merged
from simulators.microsoft365.outlook.models import Item
from simulators.microsoft365.outlook.mutations.ledger import writing_to
from simulators.microsoft365.outlook.mutations.planning import CannotPlan, call_off, plan_event, replan, tell_attendees

_PROPERTIES = "singleValueExtendedProperties"
# Exchange refuses these in what is sent; who restores must take them out.
_REFUSED = ("cancelledOccurrences", "exceptionOccurrences", "instances", "calendar")


def create_event(call: Call, user: str, calendar: str = "") -> Answer:
    """Create an event or a series."""
    mailbox, folder = found_calendar(call, user, "", calendar)
    body = _sent(call)
    parts = [checked_attachment(one) for one in body.get("attachments") or []]
    known = _of_transaction(mailbox, body.get("transactionId"))
    if known is not None:
        return shown_event(call, mailbox, known, status=201)
    with writing_to(mailbox) as box:
        try:
            item = plan_event(box, folder, body)
        except CannotPlan as problem:
            raise GraphError(400, "ErrorPropertyValidationFailure", str(problem)) from problem
        for part in parts:
            add_attachment(box, item, part)
        tell_attendees(box, item, "invitation")
    return shown_event(call, mailbox, mailbox.items.get(id=item.id), status=201)


def update_event(call: Call, event: str, user: str, calendar: str = "") -> Answer:
    """Change an event, a series, or one occurrence, which becomes an exception."""
    mailbox = found_calendar(call, user, "", calendar)[0] if calendar else holder(call, user, "")
    item, day = found_event(mailbox, event)
    body = _sent(call)
    if day is None and _PROPERTIES in body:
        body = body | {_PROPERTIES: merged(item, given_properties(body))}
    if day is not None and "recurrence" in body:
        raise GraphError(400, "ErrorOccurrenceCannotHaveRecurrence", "An occurrence has no recurrence of its own.")
    with writing_to(mailbox) as box:
        try:
            replan(box, item, day, body)
        except CannotPlan as problem:
            raise GraphError(400, "ErrorPropertyValidationFailure", str(problem)) from problem
        tell_attendees(box, item, "update")
    return shown_event(call, mailbox, mailbox.items.get(id=item.id), day)


def delete_event(call: Call, event: str, user: str, calendar: str = "") -> Answer:
    """Delete an event, a series, or one occurrence."""
    mailbox = found_calendar(call, user, "", calendar)[0] if calendar else holder(call, user, "")
    item, day = found_event(mailbox, event)
    with writing_to(mailbox) as box:
        tell_attendees(box, item, "cancellation")
        call_off(box, item, day)
    return Answer(None, 204)


def _sent(call: Call) -> dict:
    body = sent_object(call, EVENT)
    for name in _REFUSED:
        if name in body:
            raise GraphError(400, "ErrorPropertyIsReadOnly", f"The property '{name}' is read-only and cannot be set.")
    properties = given_properties(body)
    if properties:
        body = body | {_PROPERTIES: [{"id": key, "value": value} for key, value in properties.items()]}
    return body


def _of_transaction(mailbox, transaction_id: object) -> Item | None:
    """Return the event that the same request made before: whoever repeats it gets that one."""
    if not transaction_id:
        return None
    events = mailbox.items.live().filter(kind=Item.Kind.EVENT)
    return events.filter(values__transactionId=transaction_id).first()
