"""/users/{id}/mailboxSettings: what a mailbox is for, and whether there is one."""

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.listing import single
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.graph.users import found_user
from simulators.microsoft365.models import Person

SETTINGS = Shape(
    "mailboxSettings",
    {
        "dateFormat": lambda person: "dd/MM/yyyy",
        "timeFormat": lambda person: "HH:mm",
        "timeZone": lambda person: "GMT Standard Time",
        "language": lambda person: {"locale": "en-GB", "displayName": "English (United Kingdom)"},
        "userPurpose": lambda person: person.purpose,
        "delegateMeetingMessageDeliveryOptions": lambda person: "sendToDelegateOnly",
        "automaticRepliesSetting": lambda person: {"status": "disabled", "externalAudience": "all"},
    },
    default=("timeZone", "dateFormat", "timeFormat", "language", "userPurpose", "automaticRepliesSetting"),
    unmodelled=("archiveFolder", "workingHours"),
)


def mailbox_settings(call: Call, user: str) -> Answer:
    """The settings of a mailbox in the cloud."""
    person = mailbox_of(call, user)
    return single(call, SETTINGS, person, f"users('{person.id}')/mailboxSettings")


def mailbox_of(call: Call, user: str, *, though_emptied: bool = False) -> Person:
    """Return the user, who has a mailbox in the cloud. Raises `GraphError` 404 otherwise."""
    person = found_user(call, user, though_emptied=though_emptied)
    if not person.purpose:
        message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        raise GraphError(404, "MailboxNotEnabledForRESTAPI", message)
    return person


def mailbox_id_of(word: str) -> str:
    """Return whose mailbox this is: the import and export API has names such as ``MBX:<id>@<tenant>``."""
    kind, _, rest = word.partition(":")
    return rest.partition("@")[0] if kind.lower() == "mbx" else word


def mailbox_key(call: Call, user: str) -> str:
    """Return the id of somebody named by id or sign-in name; what names nobody stays as it is."""
    user = mailbox_id_of(user)
    if "@" not in user:
        return user
    try:
        return str(found_user(call, user).id)
    except GraphError:
        return user
