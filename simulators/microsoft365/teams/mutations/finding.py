"""Finds what an operation names."""

from simulators.microsoft365.models import Person
from simulators.microsoft365.mutations.finding import named_group, named_person
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger
from simulators.microsoft365.teams.models import Channel, Message, Workspace
from simulators.microsoft365.teams.models.channel import uuid_of_thread
from simulators.microsoft365.teams.mutations.days import caught_up
from simulators.microsoft365.teams.mutations.ledger import held_workspace


def named_workspace(ledger: Ledger, arguments: dict) -> Workspace:
    """Return the team whose id or name ``team`` holds."""
    group = named_group(ledger, arguments, "team")
    if not group.is_team:
        raise CannotMutate(f"{group} is not a team.")
    return caught_up(ledger, held_workspace(ledger, group))


def named_channel(ledger: Ledger, arguments: dict) -> Channel:
    """Return the channel of ``team`` whose id or name ``channel`` holds; General, where nothing is said."""
    channels = (
        named_workspace(ledger, arguments).channels.live().select_related("workspace__group", "workspace__tenant")
    )
    word = arguments.get("channel", "General")
    found = channels.filter(id=uuid_of_thread(word)).first() or channels.filter(name=word).first()
    if found is None:
        raise CannotMutate(f"There is no channel {word!r} in this team.")
    return found


def named_message(channel: Channel, arguments: dict, key: str = "message") -> Message:
    """Return the message of a channel whose id ``message`` holds."""
    word = str(arguments.get(key, ""))
    found = Message.objects.filter(room_id=channel.id, number=int(word) if word.isdecimal() else 0).first()
    if found is None:
        raise CannotMutate(f"There is no message {word!r} in {channel}.")
    return found


def named_author(ledger: Ledger, arguments: dict) -> Person:
    """Return who ``user`` names; the administrator, where nobody is named."""
    return named_person(ledger, {"user": str(ledger.tenant.admin_id)} | arguments)
