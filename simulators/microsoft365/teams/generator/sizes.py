"""How much is said in a team."""

from dataclasses import dataclass

from simulators.microsoft365.models import Tenant

_DEMO_FROM, _LARGE_FROM = 10, 100


@dataclass(frozen=True)
class Volume:
    """How many posts the channels of a team have in all, how many replies its longest post, how long chats are."""

    posts: int
    longest: int
    chats: int
    chat_messages: int


TINY = Volume(posts=24, longest=30, chats=3, chat_messages=8)
DEMO = Volume(posts=450, longest=300, chats=40, chat_messages=25)
LARGE = Volume(posts=8000, longest=1200, chats=400, chat_messages=60)


def volume_of(tenant: Tenant) -> Volume:
    """Return how much is said in the teams of a tenant."""
    if word := tenant.size.get("load"):
        return {"tiny": TINY, "demo": DEMO, "large": LARGE}[word]
    users = tenant.size.get("users", 0)
    if users < _DEMO_FROM:
        return TINY
    return DEMO if users < _LARGE_FROM else LARGE
