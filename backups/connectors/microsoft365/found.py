"""What reading a tenant's directory gives: plain facts about people, groups and sites, page by page."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

# How a removed thing left: `changed` is in the provider's bin and may come back, `deleted` is gone for good.
CHANGED, DELETED = "changed", "deleted"


@dataclass(frozen=True)
class FoundUser:
    """A user object. None means that the answer said nothing about it, so that what is known stays."""

    remote_id: str
    name: str | None = None
    address: str | None = None
    is_external: bool | None = None
    is_enabled: bool | None = None
    has_mail_plan: bool | None = None


@dataclass(frozen=True)
class FoundGroup:
    """A group; a team is a group with more to it. None means that the answer said nothing about it."""

    remote_id: str
    name: str | None = None
    address: str | None = None
    is_team: bool | None = None


@dataclass(frozen=True)
class FoundSite:
    """A SharePoint site; ``is_personal`` marks somebody's OneDrive. None means that the answer said nothing."""

    remote_id: str
    name: str | None = None
    url: str | None = None
    is_personal: bool = False


@dataclass(frozen=True)
class Removed:
    """Something that left; ``reason`` is `CHANGED` or `DELETED`."""

    remote_id: str
    reason: str


Found = TypeVar("Found", FoundUser, FoundGroup, FoundSite)


@dataclass(frozen=True)
class Page(Generic[Found]):
    """One page of a feed, each thing once. Store ``cursor`` in the transaction of its rows: it goes on from there.

    ``is_complete`` says that the round ends with this page; the cursor then leads to what changes afterwards, and is
    "" where the provider offers no such thing.
    """

    found: dict[str, Found] = field(default_factory=dict)
    removed: dict[str, Removed] = field(default_factory=dict)
    cursor: str = ""
    is_complete: bool = False

    def add(self, one: Found | Removed) -> None:
        """Take in one more entry; what was said of the same thing before counts no more (the last word wins)."""
        taken, other = (self.removed, self.found) if isinstance(one, Removed) else (self.found, self.removed)
        other.pop(one.remote_id, None)
        taken.pop(one.remote_id, None)
        taken[one.remote_id] = one
