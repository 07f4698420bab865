"""translateExchangeIds: ids of one form in the other."""

from simulators.microsoft365.graph import links
from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.outlook.graph.finding import SORTS, found_mailbox
from simulators.microsoft365.outlook.graph.naming import Naming
from simulators.microsoft365.outlook.ids import MalformedId, read_id
from simulators.microsoft365.outlook.models import Mailbox

MOST = 1000
_FORMS = {"restId": False, "restImmutableEntryId": True}


def translate_ids(call: Call, user: str) -> Answer:
    """Return up to a thousand ids of items in the other form."""
    mailbox, body = found_mailbox(call, user), call.json()
    words, target = body.get("inputIds"), body.get("targetIdType")
    if not isinstance(words, list) or not 1 <= len(words) <= MOST:
        raise GraphError(400, "ErrorInvalidRequest", f"inputIds must hold 1 to {MOST} ids.")
    if target not in _FORMS or body.get("sourceIdType") not in _FORMS:
        raise GraphError(400, "ErrorInvalidRequest", f"The forms of ids are {', '.join(_FORMS)}.")
    naming = Naming(mailbox, _FORMS[target])
    context = links.context("Collection(microsoft.graph.convertIdResult)")
    return Answer({"@odata.context": context, "value": [_translated(mailbox, naming, word) for word in words]})


def _translated(mailbox: Mailbox, naming: Naming, word: object) -> dict:
    try:
        reference = read_id(str(word))
    except MalformedId:
        return {
            "sourceId": str(word),
            "errorDetails": {"code": "ErrorInvalidIdMalformed", "message": "Id is malformed."},
        }
    item = mailbox.items.filter(id=reference.thing).first()
    if item is None or SORTS[item.kind] != reference.sort:
        error = {"code": "ErrorItemNotFound", "message": "The specified object was not found in the store."}
        return {"sourceId": str(word), "errorDetails": error}
    return {"sourceId": str(word), "targetId": naming.item(item)}
