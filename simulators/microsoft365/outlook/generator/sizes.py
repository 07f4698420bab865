"""How much a mailbox is born with."""

from dataclasses import dataclass

from simulators.microsoft365.generator.sizes import load_word
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
_LOADS = {"tiny": _TINY, "demo": _DEMO, "large": _LARGE}


def load_of(tenant: Tenant) -> Load:
    """Return the load of a tenant's mailboxes; it goes by the number of users."""
    return _LOADS[load_word(tenant.size)]
