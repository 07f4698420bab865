"""How much a mailbox is born with."""

from dataclasses import dataclass

from simulators.microsoft365.models import Tenant


@dataclass(frozen=True)
class Load:
    """How many of each, in an ordinary mailbox; shared ones have half as many, rooms and equipment a few."""

    messages: int
    events: int
    contacts: int
    # Attachments of the message that has many.
    files: int


_TINY = Load(messages=18, events=8, contacts=5, files=40)
_DEMO = Load(messages=220, events=40, contacts=20, files=500)
_LARGE = Load(messages=1000, events=150, contacts=60, files=500)
_DEMO_FROM, _LARGE_FROM = 20, 200


def load_of(tenant: Tenant) -> Load:
    """Return the load of a tenant's mailboxes; it goes by the number of users."""
    users = tenant.size.get("users", 0)
    if users >= _LARGE_FROM:
        return _LARGE
    return _DEMO if users >= _DEMO_FROM else _TINY
